//! Two versions of the crate in one build, of which one has another name: each attribute is told by
//! `crate = path` where its own is, and one version calls what the other has made.

use std::fs;
use std::path::Path;

use bridge_tests::Package;

const MAIN: &str = r#"
use bridge::background;
use bridge_of_old::background as background_of_old;

async fn get(n: u32) -> Result<u32, String> {
    Ok(n)
}

fn parse(n: &u32) -> Result<u32, String> {
    Ok(*n)
}

#[background]
fn of_now() -> Result<u32, String> {
    let a = get(1).await?;
    let b = get(2).await?;
    Ok(a + b)
}

#[background_of_old(crate = ::bridge_of_old)]
fn of_old() -> Result<u32, String> {
    let a = get(1).await?;
    let b = parse(&a)?;
    let c = get(b).await?;
    let (d, e) = (get(c).await?, get(5).await?);
    let mut sum = 0;
    #[background(limit = 2)]
    for n in 0..3 {
        let x = get(n).await?;
        sum += x;
    }
    let f = async { of_now() }.await?;
    Ok(a + b + c + d + e + f + sum)
}

#[background(crate = bridge)]
async fn outermost() -> Result<u32, String> {
    let a = get(1).await?;
    let b = async { of_old() }.await?;
    let closure = bridge_of_old::background_closure!(
        #[background(crate = ::bridge_of_old)]
        |n: u32| -> Result<u32, String> {
            let x = get(n).await?;
            let y = get(n).await?;
            Ok(x + y)
        }
    );
    let c = closure(b)?;
    Ok(a + b + c)
}

fn main() {
    let task = bridge_of_old::run_in_background(of_old);
    println!("{:?} {:?}", bridge::run_in_foreground(outermost()), bridge_of_old::run_in_foreground(task));
}
"#;

#[test]
fn one_calls_the_other() {
    let package = Package::new("two_versions", env!("CARGO_TARGET_TMPDIR"));
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    package.clear();
    for part in ["bridge", "bridge-macros", "bridge-macros/planner"] {
        copy(&package, &workspace, &format!("{part}/src"));
        copy(&package, &workspace, &format!("{part}/Cargo.toml"));
    }
    copy(&package, &workspace, "bridge/docs");
    copy(&package, &workspace, "README.md");
    let all = fs::read_to_string(workspace.join("Cargo.toml")).expect("the workspace has one");
    let shared = all.split_once("[workspace.package]").expect("it shares").1;
    let shared = shared.split_once("[profile.dev]").expect("it has profiles").0;
    package.write(
        "old/Cargo.toml",
        &format!("[workspace]\nmembers = [\"bridge\"]\n\n[workspace.package]{shared}"),
    );
    let now = workspace.join("bridge");
    package.write_manifest(&format!(
        "[package]\nname = \"two_versions\"\nedition = \"2024\"\n\n[dependencies]\n\
         bridge = {{ path = {now:?} }}\n\
         bridge_of_old = {{ package = \"bridge\", path = \"old/bridge\" }}\n\n\
         [workspace]\nexclude = [\"old\"]\n",
    ));
    package.write("src/main.rs", MAIN);
    let output = package.cargo("run").env("CARGO_INCREMENTAL", "0").output();
    let output = output.expect("cargo can be started");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "it does not compile or run:\n{errors}");
    assert_eq!(errors, "", "it is said without a word");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Ok(46) Ok(15)\n");
}

/// A file or a folder, as one of an older version.
fn copy(package: &Package, workspace: &Path, path: &str) {
    let from = workspace.join(path);
    if from.is_dir() {
        remove_what_is_gone(&from, &package.root().join("old").join(path));
        for entry in fs::read_dir(&from).expect("it can be read") {
            let name = entry.expect("it can be read").file_name();
            copy(package, workspace, &format!("{path}/{}", name.display()));
        }
        return;
    }
    let text = fs::read_to_string(from).expect("it is text");
    let text = match path.ends_with("Cargo.toml") {
        true => text
            .replace("0.2.0", "0.1.0")
            .replace("\nversion.workspace = true", "\nversion = \"0.1.0\""),
        false => text,
    };
    package.write(&format!("old/{path}"), &text);
}

/// What an earlier run has copied, and is there no more: a module that has moved would be there twice.
fn remove_what_is_gone(from: &Path, to: &Path) {
    let copied = fs::read_dir(to).into_iter().flatten().filter_map(Result::ok);
    for copy in copied.filter(|copy| !from.join(copy.file_name()).exists()) {
        let copy = copy.path();
        let removed =
            if copy.is_dir() { fs::remove_dir_all(&copy) } else { fs::remove_file(&copy) };
        removed.expect("the target directory can be written");
    }
}
