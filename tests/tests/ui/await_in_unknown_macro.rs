use bridge::background;

macro_rules! twice {
    ($e:expr) => {
        $e + $e
    };
}

async fn one() -> u32 {
    1
}

#[background]
fn body() -> u32 {
    let x = twice!(one().await);
    x
}

fn main() {
    body();
}
