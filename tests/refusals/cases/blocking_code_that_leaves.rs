use bridge::background;

async fn get(n: u32) -> u32 {
    n
}

fn query(path: &str) -> Option<u32> {
    path.parse().ok()
}

#[background]
fn body(path: Option<String>) -> Option<u32> {
    #[background]
    let x = query(&path?);
    let y = get(1).await;
    Some(x? + y)
}

fn main() {}
