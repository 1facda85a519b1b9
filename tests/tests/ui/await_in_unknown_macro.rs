use bridge::background;

macro_rules! map {
    ($($key:literal => $value:expr),*) => {
        [$(($key, $value)),*]
    };
}

#[derive(Debug)]
struct Error;

async fn one() -> Result<u32, Error> {
    Ok(1)
}

#[background]
fn no_expressions() -> Result<usize, Error> {
    let x = map!("one" => one().await?, "two" => 2);
    let y = one().await?;
    Ok(x.len() + y as usize)
}

#[background]
fn awaits_by_itself() -> u32 {
    let x = tokio::select! { one = one() => one.unwrap_or_default() };
    tokio::select! {
        one = one() => drop(one),
    }
    x
}

fn main() {
    let _ = no_expressions();
    awaits_by_itself();
}
