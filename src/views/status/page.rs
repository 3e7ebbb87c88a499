//! Where targets stand, as one page for a browser: no script, nothing from elsewhere, and a picture of the way that releases take.

use std::collections::BTreeMap;

use jiff::Timestamp;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, context};
use serde::Serialize;

use super::picture::{Picture, draw};
use super::words::{Light, ago, drift, gate, light, moment, open, origin, release};
use super::{Row, Stands};
use crate::deploy::lease;
use crate::release::ahead::Way;
use crate::views::output::printable::inside;

/// The page's text.
const TEXT: &str = include_str!("../../../templates/status/page.html");

/// A system on the page.
#[derive(Serialize)]
struct System {
    name: String,
    picture: Picture,
    rows: Vec<Shown>,
}

/// A target on the page.
#[derive(Serialize)]
struct Shown {
    environment: String,
    place: String,
    light: &'static str,
    symbol: &'static str,
    said: &'static str,
    release: String,
    since: Option<Since>,
    open: Vec<String>,
    gate: Option<String>,
    drift: Option<String>,
    lock: Option<Lock>,
    next: Option<Next>,
}

#[derive(Serialize)]
struct Since {
    ago: String,
    at: String,
    moment: String,
    by: String,
    origin: Option<String>,
    run_url: Option<String>,
}

#[derive(Serialize)]
struct Lock {
    holder: String,
    since: String,
    dead: bool,
    run_url: Option<String>,
}

#[derive(Serialize)]
struct Next {
    way: &'static str,
    said: String,
    gates: Vec<Asked>,
}

#[derive(Serialize)]
struct Asked {
    is: &'static str,
    symbol: &'static str,
    said: &'static str,
    name: &'static str,
    found: String,
}

/// How many targets stand so.
#[derive(Serialize)]
struct Count {
    light: &'static str,
    symbol: &'static str,
    said: &'static str,
    count: usize,
}

/// The page.
///
/// # Errors
/// Where the text of ours asks for what isn't there.
pub fn page(rows: &[Row], now: Timestamp) -> Result<String, Error> {
    let mut systems: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        systems.entry(row.target.system.as_str()).or_default().push(row);
    }
    let systems: Vec<System> = systems
        .into_iter()
        .map(|(name, rows)| System {
            name: name.to_owned(),
            picture: draw(&rows, now),
            rows: rows.into_iter().map(|row| shown(row, now)).collect(),
        })
        .collect();
    let count = |light: Light| Count {
        light: light.word(),
        symbol: light.symbol(),
        said: light.said(),
        count: rows.iter().filter(|row| super::words::light(row) == light).count(),
    };
    let counts: Vec<Count> = Light::ALL.into_iter().map(count).filter(|count| count.count > 0).collect();
    let mut texts = Environment::new();
    texts.set_undefined_behavior(UndefinedBehavior::Strict);
    texts.set_auto_escape_callback(|_| AutoEscape::Html);
    texts.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    texts.add_template("page.html", TEXT)?;
    texts.get_template("page.html")?.render(context! {
        systems => Serde(&systems),
        counts => Serde(&counts),
        targets => rows.len(),
        at => now.to_string(),
        moment => moment(now),
        landfall => env!("CARGO_PKG_VERSION"),
    })
}

fn shown(row: &Row, now: Timestamp) -> Shown {
    let light = light(row);
    let stands = row.stands.as_ref();
    let place = |stands: &Stands| format!("{} · {}", stands.place.account, stands.place.region);
    let none = |stands: Result<&Stands, &String>| match stands {
        Ok(stands) => release(stands).unwrap_or_else(|| "nothing".to_owned()),
        Err(why) => format!("could not be read: {why}"),
    };
    let is_lock = |line: &String| !line.starts_with("locked by");
    Shown {
        environment: row.target.environment.to_string(),
        place: stands.map(place).unwrap_or_default(),
        light: light.word(),
        symbol: light.symbol(),
        said: light.said(),
        release: inside(&none(stands)),
        since: stands.ok().and_then(|stands| since(stands, now)),
        open: open(row).iter().filter(|line| is_lock(line)).map(|line| inside(line)).collect(),
        gate: gate(row).map(|text| inside(&text)),
        drift: drift(row, now).map(|text| inside(&text)),
        lock: stands.ok().and_then(lock),
        next: next(row),
    }
}

fn since(stands: &Stands, now: Timestamp) -> Option<Since> {
    let entry = &stands.standing.deployed.as_ref()?.entry;
    Some(Since {
        ago: ago(entry.at, now),
        at: entry.at.to_string(),
        moment: moment(entry.at),
        by: inside(&entry.by.who),
        origin: origin(stands).map(|origin| inside(&origin)),
        run_url: entry.by.run_url.as_deref().and_then(link),
    })
}

fn lock(stands: &Stands) -> Option<Lock> {
    let held = stands.lock.as_ref()?;
    let holder = &held.lock.holder;
    Some(Lock {
        holder: inside(&lease::name(holder)),
        since: moment(held.lock.since),
        dead: held.is_dead(),
        run_url: holder.run_url.as_deref().and_then(link),
    })
}

/// An address that a page may lead to; a ledger's text is not trusted to be one.
fn link(url: &str) -> Option<String> {
    let plain = url.bytes().all(|byte| byte.is_ascii_graphic());
    (plain && (url.starts_with("https://") || url.starts_with("http://"))).then(|| url.to_owned())
}

fn next(row: &Row) -> Option<Next> {
    let ahead = row.ahead.as_ref()?;
    let from = &ahead.from;
    let coming = match &ahead.coming {
        Ok(coming) => coming,
        Err(why) => {
            let said = inside(&format!("Nothing from {from}: {why}"));
            return Some(Next { way: "nothing", said, gates: Vec::new() });
        }
    };
    let release = &coming.release;
    let (way, said) = match ahead.way() {
        Way::There => ("there", format!("Up to date: release {release} of {from} is here")),
        Way::Closed => ("closed", format!("Release {release} of {from} waits")),
        Way::Open | Way::Nothing => ("open", format!("Release {release} of {from} may come")),
    };
    let judged = coming.gates.iter().map(|gate| {
        let (is, symbol, said) = if gate.open { ("open", "✓", "open") } else { ("closed", "✕", "closed") };
        Asked { is, symbol, said, name: gate.name, found: inside(&gate.found) }
    });
    let later = coming.later.iter().map(|(name, found)| Asked {
        is: "later",
        symbol: "?",
        said: "asked then",
        name,
        found: inside(found),
    });
    // Of what is there already nobody asks how it would get there.
    let gates = if coming.there { Vec::new() } else { judged.chain(later).collect() };
    Some(Next { way, said: inside(&said), gates })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_an_address_becomes_a_link() {
        assert!(link("https://ci.example.com/run/1").is_some());
        for text in ["javascript:alert(1)", "data:text/html,x", "//elsewhere", "https://a b", "https://a\u{202e}b"] {
            assert_eq!(link(text), None, "{text}");
        }
    }
}
