use bridge::background;

async fn get(n: u32) -> u32 {
    n
}

#[background]
fn body() -> u32 {
    let mut sum = 0;
    #[background(limit = 2)]
    while sum < 3 {
        let x = get(sum).await;
        sum += x;
    }
    #[background(limit = 2)]
    let y = get(sum).await;
    #[background(size = 2)]
    for n in 0..3 {
        let x = get(n).await;
        sum += x;
    }
    #[background(limit = 2, ordered)]
    for n in 0..3 {
        let x = get(n).await;
        sum += x;
    }
    #[background(limit)]
    for n in 0..3 {
        let x = get(n).await;
        sum += x;
    }
    sum + y
}

fn main() {}
