//! Pictures of stacks, in a real browser.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::ground::{Ground, SHOP, Told};

/// The targets of this repository that are looked at: every shape that a picture has.
const TARGETS: [&str; 6] =
    ["entmoot/prod-aws", "entmoot/prod-azure", "entmoot/prod-gcp", "stormops/dev", "stormops/prod", "watchpoint/prod"];

/// This looks at each picture as it is drawn: what overlaps, what leaves its box, what can't be read for want of contrast, and which line runs
/// through a box that it has nothing to do with.
const LOOK: &str = r#"<script>
const seen = [];
const box = (element) => element.getBoundingClientRect();
const over = (one, other, by) => one.left < other.right - by && other.left < one.right - by && one.top < other.bottom - by && other.top < one.bottom - by;
const colour = (text) => (text.match(/[\d.]+/g) || []).map(Number);
const light = ([r, g, b]) => [r, g, b].map((part) => part / 255)
  .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
for (const figure of document.querySelectorAll('figure')) {
  const problems = [];
  const svg = figure.querySelector('svg');
  const nodes = [...svg.querySelectorAll('g.node')];
  const rects = nodes.map((node) => box(node.querySelector('rect')));
  const whole = box(svg);
  nodes.forEach((node, index) => {
    const outside = rects[index];
    if (outside.left < whole.left || outside.right > whole.right || outside.bottom > whole.bottom) problems.push(`leaves the picture: ${node.id}`);
    rects.slice(index + 1).forEach((other) => { if (over(outside, other, 0)) problems.push(`stands over another: ${node.id}`); });
    const texts = [...node.querySelectorAll('text')];
    for (const text of texts) {
      const inside = box(text);
      if (inside.left < outside.left + 2 || inside.right > outside.right - 2 || inside.top < outside.top || inside.bottom > outside.bottom)
        problems.push(`leaves its box: ${text.textContent}`);
      for (const other of texts)
        if (text !== other && over(inside, box(other), 1)) problems.push(`stand over each other: ${text.textContent} / ${other.textContent}`);
      const [one, two] = [light(colour(getComputedStyle(text).fill)), light(colour(getComputedStyle(node.querySelector('rect')).fill))].sort((a, b) => b - a);
      if ((one + 0.05) / (two + 0.05) < 4.5) problems.push(`too little contrast: ${text.textContent}`);
    }
  });
  const labels = [...svg.querySelectorAll('g.line text')];
  for (const label of labels) {
    rects.forEach((rect, index) => { if (over(box(label), rect, 1)) problems.push(`${label.textContent} stands over ${nodes[index].id}`); });
    for (const other of labels) if (other !== label && over(box(label), box(other), 2)) problems.push(`labels stand over each other: ${label.textContent} / ${other.textContent}`);
  }
  for (const path of svg.querySelectorAll('g.line path:not(.tip)')) {
    const length = path.getTotalLength();
    for (let at = 0; at < length; at += 3) {
      const point = path.getPointAtLength(at);
      const [x, y] = [point.x + whole.left, point.y + whole.top];
      rects.forEach((rect, index) => {
        if (x > rect.left + 1 && x < rect.right - 1 && y > rect.top + 1 && y < rect.bottom - 1) problems.push(`a line runs through ${nodes[index].id || nodes[index].textContent}`);
      });
    }
  }
  for (const frame of svg.querySelectorAll('g.frame')) {
    const outside = box(frame.querySelector('rect'));
    for (const text of frame.querySelectorAll('text')) if (box(text).right > outside.right) problems.push(`leaves its frame: ${text.textContent}`);
  }
  seen.push({
    problems: [...new Set(problems)],
    components: nodes.map((node) => node.id).filter(Boolean).sort(),
    lines: svg.querySelectorAll('g.line path.tip').length,
    labels: labels.map((label) => label.textContent),
    texts: [...svg.querySelectorAll('text')].map((text) => text.textContent),
    role: svg.getAttribute('role'),
    title: svg.querySelector('title').textContent,
    dark: matchMedia('(prefers-color-scheme: dark)').matches,
    foreign: svg.querySelectorAll('script,image,foreignObject,use,a').length + performance.getEntriesByType('resource').length,
  });
}
document.body.innerHTML = '';
const told = document.createElement('pre');
told.id = 'told';
told.textContent = JSON.stringify(seen);
document.body.append(told);
</script>"#;

/// What a browser draws of pictures, by day or by night.
fn look(ground: &Ground, pictures: &[String], dark: bool) -> Result<Vec<Value>, Box<dyn std::error::Error>> {
    let profile = tempfile::tempdir()?;
    let page = ground.path("pictures.html");
    let figures: Vec<String> =
        pictures.iter().map(|picture| format!("<figure style=\"margin:0\">{picture}</figure>")).collect();
    fs::write(&page, format!("<!doctype html><meta charset=\"utf-8\"><body>{}{LOOK}</body>", figures.concat()))?;
    let mut browser = Command::new("chromium");
    browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=2600,1200"]);
    browser.arg(format!("--user-data-dir={}", profile.path().display())).arg("--dump-dom");
    if dark {
        browser.arg("--blink-settings=preferredColorScheme=0");
    }
    browser.arg(format!("file://{}", page.display()));
    let seen = String::from_utf8(browser.output().map_err(|_| "no chromium here: run tools/setup")?.stdout)?;
    let told = seen.split("<pre id=\"told\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let told = told.ok_or_else(|| format!("the pictures were not looked at: {seen}"))?;
    let told = told.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    Ok(serde_json::from_str(&told)?)
}

/// What the program prints for a target of this repository.
fn ours(arguments: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let done =
        Command::new(env!("CARGO_BIN_EXE_landfall")).env_clear().arg("--root").arg(root).args(arguments).output()?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into());
    }
    Ok(String::from_utf8(done.stdout)?)
}

/// The components that `--format json` tells of.
fn components(report: &Value) -> Vec<&str> {
    let nodes = report["nodes"].as_array().into_iter().flatten();
    let mut ids: Vec<&str> =
        nodes.filter(|node| node["component"] == true).filter_map(|node| node["id"].as_str()).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn pictures_show_every_component_and_can_be_read_by_day_and_by_night() -> Told {
    let ground = Ground::new()?;
    let pictures = TARGETS.iter().map(|target| ours(&["graph", target])).collect::<Result<Vec<_>, _>>()?;
    for dark in [false, true] {
        for (target, seen) in TARGETS.iter().zip(look(&ground, &pictures, dark)?) {
            assert_eq!(seen["problems"], serde_json::json!([]), "{target} {dark}: {seen:#}");
            assert_eq!(
                (&seen["dark"], &seen["foreign"], &seen["role"]),
                (&dark.into(), &0.into(), &"img".into()),
                "{target}"
            );
            let report: Value = serde_json::from_str(&ours(&["graph", target, "--format", "json"])?)?;
            assert_eq!(seen["components"], serde_json::json!(components(&report)), "{target}");
            assert!(components(&report).len() > 20, "{target}");
        }
    }
    Ok(())
}

#[test]
fn a_picture_is_drawn_without_a_cloud_and_written_where_it_is_asked_for() -> Told {
    let mut ground = Ground::new()?;
    ground.sleep();
    ground.environment(&SHOP.replacen("description: ", "description: </title><script>alert(1)</script> & ", 1))?;
    let out = ground.path("out/shop.svg").to_string_lossy().into_owned();
    ground.landfall(&["graph", "shop/dev", "--out", &out])?.exits(0)?.says("wrote ")?;
    let written = fs::read_to_string(&out)?;
    let printed = ground.landfall(&["graph", "shop/dev"])?.exits(0)?;
    assert_eq!(printed.out, written);
    let seen = look(&ground, &[written], false)?;
    assert_eq!(seen[0]["problems"], serde_json::json!([]), "{seen:#?}");
    assert_eq!(seen[0]["foreign"], 0, "what somebody wrote became a part of the picture");
    assert!(seen[0]["title"].as_str().is_some_and(|title| title.contains("<script>alert(1)</script> &")), "{seen:#?}");
    ground.landfall(&["graph", "shop/dev", "--format", "markdown"])?.exits(0)?.says("```mermaid\nflowchart LR\n")?;
    ground.landfall(&["graph", "shop"])?.exits(64)?.says("name one of its environments")?;
    Ok(())
}
