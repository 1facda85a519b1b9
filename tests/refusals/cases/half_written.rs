use bridge::background;

struct User {
    name: String,
}

async fn user(id: u64) -> User {
    User { name: id.to_string() }
}

#[background]
fn half_written(id: u64) -> Option<String> {
    let user = user(id).await;
    #[foreground]
    let first = user.name.chars().next()?;
    let _last = &user.;
    Some(format!("{first}{}", user.name))
}

// The compiler's error and ours, of one and the same token, are all that is wrong
// with the program: the function is still there, has its type, and its awaits stand
// where they may.
fn main() {
    let name: Option<String> = half_written(1);
    println!("{name:?}");
}
