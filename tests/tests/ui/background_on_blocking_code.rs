use bridge::background;

async fn one() -> u32 {
    1
}

fn query() -> u32 {
    2
}

#[background]
fn body() -> u32 {
    let y = one().await;
    #[background]
    let x = query();
    x + y
}

fn main() {
    body();
}
