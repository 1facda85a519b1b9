use bridge::background;

async fn get() -> Result<u32, String> {
    Ok(1)
}

async fn next(n: u32) -> u32 {
    n
}

#[background]
fn body() -> u32 {
    let x = next(get().await?).await;
    x
}

fn main() {
    body();
}
