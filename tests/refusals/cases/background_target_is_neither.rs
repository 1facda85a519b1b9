fn main() {
    let _task = bridge::run_in_background(5_u32);
}
