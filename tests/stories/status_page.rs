//! The page of `landfall status --html` in a real browser.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::ground::{Ground, Told, until};
use crate::status::shop;

/// Put into a copy of the page, this looks at what is drawn: what leaves its box, what overlaps, what can't be read for want of contrast.
const LOOK: &str = r#"<script>
const seen = {lines: [], problems: []};
const box = (element) => element.getBoundingClientRect();
const colour = (text) => (text.match(/[\d.]+/g) || []).map(Number);
const light = ([r, g, b]) => [r, g, b].map((part) => part / 255)
  .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
const behind = (element) => {
  if (element.closest('svg')) {
    const group = element.closest('g.environment');
    if (group) return colour(getComputedStyle(group.querySelector('rect')).fill);
  }
  for (let at = element; at; at = at.parentElement) {
    const found = colour(getComputedStyle(at).backgroundColor);
    if (found.length === 3 || found[3] > 0) return found;
  }
  return [255, 255, 255];
};
const visible = [...document.querySelectorAll('h1,h2,p,li,th,td,a,time,strong,svg text')]
  .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
for (const element of visible) {
  const style = getComputedStyle(element);
  const ink = colour(element.closest('svg') ? style.fill : style.color);
  const [one, two] = [light(ink), light(behind(element))].sort((a, b) => b - a);
  if ((one + 0.05) / (two + 0.05) < 4.5) seen.problems.push(`too little contrast: ${element.textContent}`);
}
for (const group of document.querySelectorAll('g.environment')) {
  const outside = box(group.querySelector('rect'));
  const texts = [...group.querySelectorAll('text')].filter((text) => text.textContent.trim());
  for (const text of texts) {
    const inside = box(text);
    if (inside.left < outside.left || inside.right > outside.right || inside.top < outside.top || inside.bottom > outside.bottom)
      seen.problems.push(`leaves its box: ${text.textContent}`);
    for (const other of texts) {
      const there = box(other);
      if (text !== other && inside.left < there.right && there.left < inside.right && inside.top < there.bottom - 1 && there.top < inside.bottom - 1)
        seen.problems.push(`stand over each other: ${text.textContent} / ${other.textContent}`);
    }
  }
}
const rects = [...document.querySelectorAll('g.environment rect')].map(box);
for (const label of document.querySelectorAll('svg .label'))
  for (const rect of rects) {
    const at = box(label);
    if (at.left < rect.right && rect.left < at.right && at.top < rect.bottom && rect.top < at.bottom)
      seen.problems.push(`stands over an environment: ${label.textContent}`);
  }
if (document.documentElement.scrollWidth > document.documentElement.clientWidth) seen.problems.push('the page is wider than its window');
for (const entry of performance.getEntriesByType('resource')) seen.problems.push(`asked for ${entry.name}`);
seen.lines = document.body.innerText.split('\n').map((line) => line.trim()).filter(Boolean);
seen.picture = [...document.querySelectorAll('svg text')].map((text) => text.textContent);
seen.ways = [...document.querySelectorAll('svg path.way')].map((way) => way.getAttribute('class'));
seen.named = document.querySelector('svg').getAttribute('aria-labelledby').split(' ').map((id) => document.getElementById(id).textContent);
seen.elements = document.querySelectorAll('img,script:not(#look),iframe,object,link').length;
seen.dark = matchMedia('(prefers-color-scheme: dark)').matches;
const told = document.createElement('pre');
told.id = 'told';
told.textContent = JSON.stringify(seen);
document.body.append(told);
</script>"#;

/// What a browser shows of a page, in a window so wide, by day or by night. `LANDFALL_SCREENSHOT=folder` keeps pictures for people.
fn look(ground: &Ground, page: &Path, width: u32, dark: bool) -> Result<Value, Box<dyn std::error::Error>> {
    let profile = tempfile::tempdir()?;
    let text = fs::read_to_string(page)?;
    assert!(text.contains("default-src 'none'"), "the page may fetch something");
    let policy = text.lines().find(|line| line.contains("Content-Security-Policy")).ok_or("no policy")?.to_owned();
    let watched = ground.path("watched.html");
    let script = LOOK.replacen("<script>", "<script id=\"look\">", 1);
    fs::write(&watched, text.replace(&policy, "").replace("</body>", &format!("{script}</body>")))?;
    let chromium = |extra: &[String], file: &Path| {
        let mut browser = Command::new("chromium");
        browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]);
        browser.arg(format!("--window-size={width},1000")).arg(format!("--user-data-dir={}", profile.path().display()));
        if dark {
            browser.arg("--blink-settings=preferredColorScheme=0");
        }
        browser.args(extra).arg(format!("file://{}", file.display()));
        browser.output().map_err(|_| "no chromium here: run tools/setup")
    };
    #[expect(clippy::disallowed_methods, reason = "only people set it, to look at the page")]
    if let Some(folder) = std::env::var_os("LANDFALL_SCREENSHOT") {
        let name = format!("status-{width}{}.png", if dark { "-dark" } else { "" });
        chromium(&[format!("--screenshot={}", Path::new(&folder).join(name).display())], page)?;
    }
    let seen = chromium(&["--dump-dom".to_owned()], &watched)?;
    let seen = String::from_utf8(seen.stdout)?;
    let told = seen.split("<pre id=\"told\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let told = told.ok_or_else(|| format!("the page was not looked at: {seen}"))?;
    let told = told.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    Ok(serde_json::from_str(&told)?)
}

fn written(ground: &Ground) -> Result<std::path::PathBuf, Box<dyn std::error::Error>> {
    let file = ground.path("out/status.html");
    ground.landfall(&["status", "--html", &file.to_string_lossy()])?.exits(0)?.says("wrote ")?;
    Ok(file)
}

fn has(seen: &Value, of: &str, what: &str) -> Told {
    let found =
        seen[of].as_array().into_iter().flatten().any(|line| line.as_str().is_some_and(|line| line.contains(what)));
    if found { Ok(()) } else { Err(format!("no {what:?} in {of}: {seen:#}").into()) }
}

#[test]
fn the_page_shows_the_way_of_releases_and_who_waits_for_what() -> Told {
    let ground = shop(", soak: 1h", ", approval: {persons: [ana@example.com]}")?;
    ground.file("lab", "gates: {from: dev}\n")?;
    ground.file("prod-of-a-customer-with-a-long-name", "gates: {from: staging}\n")?;
    ground.release("1.1.0-with-a-name-that-is-far-longer-than-any-box-of-the-picture")?;
    let long = "1.1.0-with-a-name-that-is-far-longer-than-any-box-of-the-picture";
    ground.landfall(&["apply", "shop/dev", "--release", long])?.exits(0)?;
    ground.landfall(&["drift", "shop/dev"])?.exits(0)?;
    ground.landfall(&["apply", "shop/staging", "--release", "1.0.0"])?.exits(0)?;
    ground
        .landfall(&[
            "hold",
            "shop/staging",
            "--why",
            "<img src=x onerror=alert(1)> \"{{ 7 * 7 }}\" </title><script>alert(2)</script>",
        ])?
        .exits(0)?;
    let page = written(&ground)?;
    for (width, dark) in [(1920, false), (1920, true), (1280, false), (420, true)] {
        let seen = look(&ground, &page, width, dark)?;
        assert_eq!(seen["problems"], serde_json::json!([]), "{width} {dark}: {seen:#}");
        assert_eq!(seen["dark"], dark);
        assert_eq!(seen["elements"], 0, "what somebody wrote became a part of the page: {seen:#}");
        for name in ["dev", "staging", "prod", "lab"] {
            assert!(seen["picture"].as_array().is_some_and(|texts| texts.iter().any(|text| text == name)), "{name}");
        }
        has(&seen, "picture", "✕ hold, soak")?;
        has(&seen, "picture", "held")?;
        has(&seen, "picture", "1.1.0-with")?;
        has(&seen, "picture", "– not deployed")?;
        has(&seen, "picture", "drift unknown")?;
        has(&seen, "ways", "way-closed")?;
        has(&seen, "ways", "way-open")?;
        has(&seen, "named", "staging: look at it, release 1.0.0")?;
        has(&seen, "lines", "<img src=x onerror=alert(1)> \"{{ 7 * 7 }}\" </title><script>alert(2)</script>")?;
        has(&seen, "lines", "approval")?;
        has(&seen, "lines", "0 of 1 approvals, by ana@example.com")?;
    }
    // The same world gives the same page, but for the time on it.
    let text = fs::read_to_string(&page)?;
    assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("<script"), "{text}");
    Ok(())
}

#[test]
fn a_run_at_work_and_one_that_was_killed_are_told_apart() -> Told {
    let ground = shop("", "")?;
    ground.fault(&serde_json::json!({"fault": "slow", "resource": "QueueOrders", "seconds": 600.0}))?;
    let mut run = ground.start(&["promote", "shop", "--from", "dev", "--to", "staging"])?;
    until(&mut run, "QueueOrders: Creating")?;
    let seen = look(&ground, &written(&ground)?, 1280, false)?;
    has(&seen, "picture", "… at work")?;
    has(&seen, "picture", "locked by ana")?;
    run.kill()?;
    run.wait()?;
    let seen = look(&ground, &written(&ground)?, 1280, false)?;
    has(&seen, "picture", "✕ not well")?;
    has(&seen, "lines", "INTERRUPTED: `landfall recover shop/staging` finishes it")?;
    has(&seen, "lines", "it no longer runs")?;
    assert_eq!(seen["problems"], serde_json::json!([]), "{seen:#}");
    Ok(())
}
