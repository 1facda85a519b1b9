use bridge::background;

async fn one() -> u32 {
    1
}

#[background]
fn takes_no_arguments() -> u32 {
    #[foreground(now)]
    let x = one().await;
    x
}

#[background]
fn one_is_enough() -> u32 {
    #[foreground]
    #[background]
    let x = one().await;
    x
}

#[background]
fn cannot_start() -> u32 {
    #[background]
    if one().await == 1 {
        one().await;
    };
    1
}

fn main() {
    takes_no_arguments();
    one_is_enough();
    cannot_start();
}
