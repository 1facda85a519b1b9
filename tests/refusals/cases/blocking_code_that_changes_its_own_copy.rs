use bridge::background;

async fn get(n: u32) -> u32 {
    n
}

fn read() -> u32 {
    3
}

fn fill(buffer: &mut Vec<u32>) -> u32 {
    buffer.push(1);
    1
}

#[background]
fn counted() -> u32 {
    let mut counter = 0;
    #[background]
    let x = {
        counter += read();
        3
    };
    let y = get(1).await;
    x + y + counter
}

#[background]
fn filled() -> usize {
    let mut buffer = Vec::new();
    #[background]
    let x = fill(&mut buffer);
    let y = get(1).await;
    (x + y) as usize + buffer.len()
}

#[background]
fn sorted(mut rows: Vec<u32>) -> u32 {
    #[background]
    rows.sort();
    let y = get(1).await;
    rows[0] + y
}

#[background]
fn lent(buffer: &mut Vec<u32>) -> u32 {
    #[background]
    let x = fill(buffer);
    let y = get(1).await;
    x + y
}

macro_rules! filled {
    ($buffer:ident) => {
        fill(&mut $buffer)
    };
}

#[background]
fn in_a_macro() -> usize {
    let mut buffer = Vec::new();
    #[background]
    let x = filled!(buffer);
    let y = get(1).await;
    (x + y) as usize + buffer.len()
}

struct Store {
    n: u32,
}

impl Store {
    #[background]
    fn body(&mut self) -> u32 {
        #[background]
        let x = {
            self.n += read();
            3
        };
        let y = get(1).await;
        x + y
    }
}

#[background]
fn every() -> u32 {
    let mut sum = 0;
    for _ in 0..3 {
        #[background]
        let x = {
            sum += read();
            3
        };
        let y = get(1).await;
        assert_eq!(x, y);
    }
    sum
}

fn main() {}
