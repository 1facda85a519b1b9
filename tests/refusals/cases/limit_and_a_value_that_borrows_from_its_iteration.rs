use bridge::background;

async fn get(n: u32) -> u32 {
    n
}

#[background]
fn body(names: Vec<String>) -> usize {
    let mut size = 0;
    #[background(limit = 2)]
    for name in names {
        let trimmed = name.trim();
        let x = get(trimmed.len() as u32).await;
        size += trimmed.len() + x as usize;
    }
    size
}

fn main() {}
