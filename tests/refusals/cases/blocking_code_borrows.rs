use bridge::background;

async fn get(n: u32) -> u32 {
    n
}

fn query(path: &str) -> u32 {
    path.len() as u32
}

#[background]
fn body(path: &str) -> u32 {
    #[background]
    let x = query(path);
    let y = get(1).await;
    x + y
}

struct Store {
    path: String,
}

impl Store {
    #[background]
    fn body(&self) -> u32 {
        #[background]
        let x = query(&self.path);
        let y = get(1).await;
        x + y
    }
}

#[background]
fn used_twice(path: String) -> u32 {
    #[background]
    let x = query(&path);
    x + query(&path)
}

fn main() {}
