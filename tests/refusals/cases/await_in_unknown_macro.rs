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

/// Of several lines, and as an operand.
#[background]
fn elsewhere() -> u32 {
    if one().await.is_err() {
        return tokio::select! { one = one() => one.unwrap_or_default() };
    }
    number(tokio::select! {
        one = one() => one.unwrap_or_default(), // a comment
    });
    number(tokio::select! {
        // The first of them.
        one = one() => one.unwrap_or_default(),
    }) + number(tokio::select! {
        one = one() => one.unwrap_or_default(),
        _ = async { String::from("as long as one likes, and longer than a line") } => 3,
    })
}

fn number(n: u32) -> u32 {
    n
}

#[background]
fn in_a_guard() -> bool {
    let x = one().await;
    matches!(x, Ok(n) if Ok::<u32, u32>(n) == Ok(one().await.unwrap_or(1)))
}

macro_rules! statements {
    ($($code:tt)*) => { $($code)* };
}

#[background]
fn in_a_statement() -> u32 {
    let x = one().await;
    statements! {
        let _ = one().await;
        let _ = 1;
    }
    x.unwrap_or_default()
}

#[background]
fn tries_by_itself() -> Result<u32, Error> {
    let x = tokio::select! { one = one() => one? };
    tokio::select! {
        one = one() => { one?; }
    }
    Ok(x)
}

#[background]
fn leaves_by_itself(mut messages: tokio::sync::mpsc::Receiver<u32>) -> Result<u32, Error> {
    let mut sum = 0;
    loop {
        let n = tokio::select! {
            message = messages.recv() => match message {
                Some(0) => continue,
                Some(1) => return Ok(sum),
                Some(n) => n,
                None => break,
            },
            one = one() => one?,
        };
        sum += n;
    }
    Ok(sum)
}

fn main() {
    let _ = no_expressions();
    awaits_by_itself();
}
