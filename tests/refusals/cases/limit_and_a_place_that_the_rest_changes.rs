use bridge::background;

async fn get(n: u32) -> u32 {
    n
}

#[background]
fn assigned() -> u32 {
    let mut sum = 0;
    #[background(limit = 2)]
    for n in 0..3 {
        let x = get(n + sum).await;
        sum += x;
    }
    sum
}

#[background]
fn called() -> usize {
    let mut seen = Vec::new();
    #[background(limit = 2)]
    for _ in 0..3 {
        let x = get(seen.len() as u32).await;
        seen.push(x);
    }
    seen.len()
}

fn main() {}
