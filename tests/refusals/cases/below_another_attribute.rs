//! Attributes that take the calls out of sight of one below them. (Others: `tests/src/lib.rs`.)

use std::pin::Pin;

use bridge::background;

async fn get(n: u32) -> u32 {
    n
}

/// What `#[rstest]` and `#[once]` hand on.
#[background]
fn in_a_function(n: u32) -> u32 {
    fn inner(n: u32) -> u32 {
        let a = get(n).await;
        let b = get(a).await;
        a + b
    }
    inner(n)
}

/// What `#[instrument(err)]` hands on.
#[background]
fn in_a_closure(n: u32) -> Result<u32, String> {
    match (move || {
        let a = get(n).await;
        let b = get(a).await;
        Ok(a + b)
    })() {
        Ok(x) => Ok(x),
        Err(error) => Err(error),
    }
}

/// What `#[async_trait]` and `#[instrument]` hand on.
trait Load {
    #[background]
    fn in_a_box<'a>(&'a self, n: u32) -> Pin<Box<dyn Future<Output = u32> + 'a>> {
        Box::pin(async move {
            let __tracing_instrument_future = async move {
                let a = get(n).await;
                let b = get(a).await;
                a + b
            };
            __tracing_instrument_future.await
        })
    }
}

#[tokio::main]
#[background]
async fn main() {
    let a = get(1).await;
    let b = get(2).await;
    println!("{}", a + b + in_a_function(a) + in_a_closure(b).unwrap());
}
