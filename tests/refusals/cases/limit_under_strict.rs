use bridge::background;

async fn get(n: u32) -> u32 {
    n
}

#[background(strict)]
fn body() -> Option<u32> {
    let mut sum = 0;
    #[background(limit = 2)]
    for n in 0..3 {
        let x = Some(get(n).await)?;
        sum += x;
    }
    Some(sum)
}

fn main() {}
