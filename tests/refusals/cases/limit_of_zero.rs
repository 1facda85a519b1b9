use bridge::background;

async fn get(n: u32) -> u32 {
    n
}

#[background]
fn body() -> u32 {
    let mut sum = 0;
    #[background(limit = 0)]
    for n in 0..3 {
        let x = get(n).await;
        sum += x;
    }
    sum
}

fn main() {}
