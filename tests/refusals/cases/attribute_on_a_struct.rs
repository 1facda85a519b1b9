use bridge::background;

#[background]
struct Sdk;

trait Load {
    #[background]
    fn load(&self) -> u32;
}

fn main() {
    let _ = Sdk;
}
