//! Forms that `strict` has no place for.

use crate::world::*;

#[background]
pub async fn limited_loop() -> Result<u32, Error> {
    let mut sum = 0;
    #[background(limit = 4)]
    for n in 0..3 {
        let a = fallible(n).await?;
        let b = number(a).await;
        sum += a + b;
    }
    Ok(sum)
}

#[background]
pub async fn limited_options(list: &[u32]) -> Option<u32> {
    let mut sum = 0;
    #[background(limit = 4)]
    for n in list {
        let a = option(*n).await?;
        let b = option(a).await?;
        sum += look(&b).await + a;
    }
    Some(sum)
}
