//! The page, in a browser where one is installed.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::project::{AUDITED, PAGE, Project};

/// Debian's, or the one that is named.
fn chromium() -> Option<PathBuf> {
    let named = env::var_os("CHROMIUM").map(PathBuf::from);
    named.or_else(|| Some("/usr/bin/chromium".into())).filter(|path| path.is_file())
}

/// The page, as it is after its script has run.
fn rendered(chromium: &Path, project: &Project, hash: &str, width: u32) -> String {
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"])
        .args(["--disable-background-networking", "--virtual-time-budget=2000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", project.path().join("browser").display()))
        .arg(format!("--window-size={width},900"))
        .arg(format!("file://{}#{hash}", project.path().join("page.html").display()))
        .output()
        .expect("it starts");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn shows_a_table_and_a_function_beside_its_schedule() {
    let shop = Project::of(&[("src/lib.rs", PAGE), ("src/audited.rs", AUDITED)]);
    // Text that would end the script, if it were written as it is.
    shop.write("src/hostile.rs", &PAGE.replace("// so many blanks", "// </script><b>"));
    assert_eq!(shop.run(&["--html", "page.html"]).code, Some(0));
    let page = shop.read("page.html");
    assert!(!page.contains("https://") && !page.contains("http://"), "it loads nothing");
    assert_eq!(page.matches("</script>").count(), 2);

    let Some(chromium) = chromium() else {
        eprintln!("left out: there is no /usr/bin/chromium, and no CHROMIUM in the environment");
        return;
    };
    for width in [400, 1400] {
        let shown = rendered(&chromium, &shop, "", width);
        assert_eq!(shown.matches("class=\"name\"").count(), 2, "what would gain:\n{shown}");
        assert_eq!(shown.matches("aria-sort=\"descending\"").count(), 1);
        let shown = rendered(&chromium, &shop, "open=1", width);
        assert_eq!(shown.matches("aria-expanded=\"true\"").count(), 1);
        assert!(shown.contains("aria-label=\"Schedule\">┬   user"), "{shown}");
        assert!(shown.contains("so many blanks") || shown.contains("&lt;/script&gt;"), "{shown}");
    }
}
