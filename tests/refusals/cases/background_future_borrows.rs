async fn load(path: &str) -> usize {
    path.len()
}

fn main() {
    let path = String::from("a");
    let _task = bridge::run_in_background(load(&path));
}
