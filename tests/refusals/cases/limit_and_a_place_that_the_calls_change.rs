use bridge::background;

async fn get(n: u32) -> u32 {
    n
}

async fn step(n: &mut u32) -> u32 {
    *n += 1;
    *n
}

struct Counter(u32);

impl Counter {
    async fn step(&mut self) -> u32 {
        step(&mut self.0).await
    }
}

#[background]
fn lent() -> u32 {
    let (mut n, mut sum) = (0, 0);
    #[background(limit = 2)]
    for _ in 0..3 {
        let x = step(&mut n).await;
        sum += x;
    }
    sum
}

#[background]
fn body(counter: &mut Counter) -> u32 {
    let mut sum = get(0).await;
    #[background(limit = 2)]
    for _ in 0..3 {
        let x = counter.step().await;
        sum += x;
    }
    sum + lent()
}

fn main() {}
