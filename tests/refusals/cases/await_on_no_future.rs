use bridge::background;

fn number() -> u32 {
    5
}

#[background]
fn in_a_let() -> u32 {
    let x = number().await;
    x
}

#[background]
fn in_place() -> u32 {
    number().await
}

fn main() {
    in_a_let();
    in_place();
}
