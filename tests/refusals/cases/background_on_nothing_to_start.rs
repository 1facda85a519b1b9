use bridge::background;

async fn get(n: u32) -> u32 {
    n
}

#[background]
fn body() -> u32 {
    #[background]
    let x: u32;
    #[background]
    println!("now");
    x = get(1).await;
    x
}

fn main() {}
