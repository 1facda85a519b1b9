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
