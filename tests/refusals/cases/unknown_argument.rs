use bridge::background;

async fn one() -> u32 {
    1
}

#[background(sequential)]
fn unknown() -> u32 {
    one().await
}

#[background(serial, strict)]
fn both() -> u32 {
    one().await
}

#[background(commands(audit::write))]
fn a_path() -> u32 {
    one().await
}

#[background(queries)]
fn no_names() -> u32 {
    one().await
}

fn main() {
    unknown();
    both();
    a_path();
    no_names();
}
