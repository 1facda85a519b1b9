use bridge::background;

async fn get(n: u32) -> u32 {
    n
}

use std::rc::Rc;

fn query(path: &Rc<str>) -> u32 {
    path.len() as u32
}

#[background]
fn body(path: Rc<str>) -> u32 {
    #[background]
    let x = query(&path);
    let y = get(1).await;
    x + y
}

fn main() {}
