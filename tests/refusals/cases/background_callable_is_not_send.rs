fn main() {
    let local = std::rc::Rc::new(1);
    let _task = bridge::run_in_background(move || *local);
}
