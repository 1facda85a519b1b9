//! Blocking code, in which nothing awaits.

use bridge::background;
use std::path::PathBuf;

fn query(n: u32) -> Result<u32, String> {
    Ok(n)
}

#[background]
pub fn two_queries() -> Result<u32, String> {
    #[background] let a = query(1)?;
    #[background] let b = query(2)?;
    Ok(a + b)
}

#[background]
pub fn statements(path: PathBuf) -> Result<usize, String> {
    #[background] let length = path.as_os_str().len();
    #[background] query(1)?;
    let n = query(2)?;
    Ok(length + n as usize)
}

#[background]
pub fn limited(list: &[u32]) -> Result<u32, String> {
    let mut sum = 0;
    for n in list {
        let n = *n;
        #[background] let a = query(n)?;
        #[background] let b = query(n + 1)?;
        sum += a + b;
    }
    Ok(sum)
}
