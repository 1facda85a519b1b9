use bridge::background;

async fn get(n: u32) -> u32 {
    n
}

#[background]
fn body() -> u32 {
    let mut sum = 0;
    #[background(limit = 2)]
    for n in 0..3 {
        sum += n;
        sum += get(n).await;
    }
    #[background(limit = 2)]
    for n in [Some(1), None] {
        let n = match n {
            Some(n) => n,
            None => continue,
        };
        let x = get(n).await;
        sum += x;
    }
    #[background(limit = 2)]
    for n in 0..3 {
        sum += n;
    }
    sum
}

fn main() {}
