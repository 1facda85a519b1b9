fn main() {
    let task = bridge::run_in_background(async { 1 });
    std::thread::spawn(move || bridge::run_in_foreground(task));
}
