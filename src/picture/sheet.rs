//! The picture in pixels: every box, frame and line where it is drawn.

use serde::Serialize;

use super::across::{Across, EDGE, ENTRY, FRAME, Framed, LANE, across};
use super::grounds::{Column, FACT, FIRST, Grounds, INSIDE, LINE, NAME, grounds};
use super::link::Link;
use super::part::{Part, Stands};
use super::path::rounded;
use super::routes::{Way, Ways, arriving, leaving, ways};
use super::width::Font;
use crate::model::network::{Egress, Network};
use crate::model::placement::Cloud;

/// The font of a frame's title, and that of a name in a list.
const TITLE: Font = Font::bold(12);
/// What lies between two entries of a list.
const GAP: i32 = 10;
/// Where the first entry of a list stands in it.
const LIST_HEAD: i32 = 30;

/// The picture.
#[derive(Clone, Debug, Serialize)]
pub struct Sheet {
    /// How wide it is.
    pub width: i32,
    /// How high it is.
    pub height: i32,
    /// The frames, outer ones first.
    pub frames: Vec<Frame>,
    /// The lines.
    pub lines: Vec<Line>,
    /// The boxes.
    pub boxes: Vec<Drawn>,
}

/// A frame around boxes.
#[derive(Clone, Debug, Serialize)]
pub struct Frame {
    /// The word for its look.
    pub look: &'static str,
    /// Its left edge.
    pub x: i32,
    /// Its upper edge.
    pub y: i32,
    /// How wide it is.
    pub width: i32,
    /// How high it is.
    pub height: i32,
    /// What it is around.
    pub title: String,
    /// What else there is to say of it, beside its title or below.
    pub note: Text,
}

/// A box.
#[derive(Clone, Debug, Serialize)]
pub struct Drawn {
    /// The place of its part.
    pub part: usize,
    /// How it is written: `box`, `entry` or `bar`.
    pub form: &'static str,
    /// Its left edge.
    pub x: i32,
    /// Its upper edge.
    pub y: i32,
    /// How wide it is.
    pub width: i32,
    /// How high it is.
    pub height: i32,
    /// Its name, as far as there is room.
    pub name: String,
    /// Its figures.
    pub lines: Vec<Text>,
}

/// A line of text.
#[derive(Clone, Debug, Serialize)]
pub struct Text {
    /// Where it stands from the left.
    pub x: i32,
    /// The row that it stands on.
    pub y: i32,
    /// What it says.
    pub text: String,
}

/// Lines to one box.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// The word for its look.
    pub look: &'static str,
    /// Their ways, as an SVG path has them.
    pub path: String,
    /// Their arrow's head.
    pub head: String,
    /// What is done along them.
    pub label: Vec<Text>,
    /// Where the text is held: at its end or its start.
    pub anchor: &'static str,
}

/// Draws parts and links, and the network around those that stand in it.
pub fn sheet(parts: &[Part], links: &[Link], network: Option<&Network>, cloud: Cloud) -> Sheet {
    let grounds = grounds(parts, links, network.is_some());
    let ways = ways(&grounds);
    // Where subnets span zones, load balancers stand outside of them.
    let framed = network.map(|network| Framed {
        network,
        edge: cloud.subnets_stand_in_zones() && grounds.place(Column::Edge).is_some(),
    });
    let across = across(&grounds, &ways, framed.as_ref());
    let mut drawing = Drawing { parts, grounds: &grounds, ways: &ways, across };
    let mut frames = framed.as_ref().map(|framed| drawing.frames(framed)).unwrap_or_default();
    let mut boxes = drawing.boxes();
    let lines = drawing.lines();
    let mut bottom = grounds.bottom;
    let told = grounds.boxes.last().is_some_and(Option::is_some);
    let right = if told { drawing.across.before_kept } else { drawing.right() };
    let lists = [
        (Stands::Watches, "Watched", if told { grounds.band } else { 0 }, right),
        (Stands::Beside, "Builds, images and dashboards", 0, drawing.right()),
    ];
    for (stands, title, y, right) in lists {
        let y = if y > 0 { y } else { bottom + EDGE };
        if let Some(frame) = drawing.list(stands, title, (y, right), &mut boxes) {
            bottom = bottom.max(frame.y + frame.height);
            frames.push(frame);
        }
    }
    Sheet { width: drawing.right() + EDGE, height: bottom + EDGE, frames, lines, boxes }
}

struct Drawing<'a> {
    parts: &'a [Part],
    grounds: &'a Grounds,
    ways: &'a Ways,
    across: Across,
}

impl Drawing<'_> {
    /// The right edge of everything.
    fn right(&self) -> i32 {
        self.across.right
    }

    fn column(&self, place: usize) -> (i32, i32) {
        self.across.columns.get(place).copied().unwrap_or_default()
    }

    fn margins(&self, place: usize) -> (i32, i32) {
        self.across.margins.get(place).copied().unwrap_or_default()
    }

    fn frames(&self, framed: &Framed<'_>) -> Vec<Frame> {
        let Some((top, bottom)) = self.grounds.network else { return Vec::new() };
        let work = self.grounds.place(Column::Work).unwrap_or(0);
        let last = self.grounds.place(Column::Data).unwrap_or(work);
        let first = if framed.edge { self.grounds.place(Column::Edge).unwrap_or(work) } else { work };
        let ranges = |all: &[crate::model::network::Cidr]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        let Network { range, public, private, egress, monitoring: _, flow_logs: _ } = framed.network;
        let out = match egress {
            Egress::None => "no way out",
            Egress::Single => "one way out",
            Egress::PerZone => "a way out of each zone",
        };
        let outside = ranges(public).join(" and ");
        let outside = (!framed.edge && !outside.is_empty()).then(|| format!("public {outside}"));
        let frame = |look, (x, y, right, end): (i32, i32, i32, i32), title: &str, notes: &[String], below: bool| {
            let taken = TITLE.width(title) + 10;
            let (from, row) = if below { (0, 34) } else { (taken, 19) };
            let note = fitting(notes, right - x - 2 * INSIDE - from);
            let note = Text { x: x + INSIDE + from, y: y + row, text: note };
            Frame { look, x, y, width: right - x, height: end - y, title: title.to_owned(), note }
        };
        let right = self.column(last).1 + 2 * FRAME;
        let x = self.column(first).0 - 2 * FRAME;
        let notes = [out.to_owned()].into_iter().chain(outside).collect::<Vec<_>>().join(", ");
        let title = format!("Network {range}");
        let mut frames = vec![frame("network", (x, top, right, bottom), &title, &[notes], false)];
        let inner = (top + 28, bottom - FRAME);
        if framed.edge {
            let (x, end) = self.column(first);
            let (x, right) = (x - FRAME, end + FRAME);
            frames.push(frame("public", (x, inner.0, right, inner.1), "Public", &ranges(public), true));
        }
        let x = self.column(work).0 - FRAME;
        frames.push(frame("private", (x, inner.0, right - FRAME, inner.1), "Private", &ranges(private), true));
        frames
    }

    fn boxes(&self) -> Vec<Drawn> {
        let mut boxes = Vec::new();
        for (part, one) in self.parts.iter().enumerate() {
            let Some(standing) = self.grounds.at(part) else { continue };
            let (x, end) = self.column(standing.column);
            let bar = one.stands == Stands::Internet;
            let line = |(row, text): (i32, &String)| Text {
                x: x + INSIDE,
                y: standing.y + FIRST + LINE * row,
                text: text.clone(),
            };
            boxes.push(Drawn {
                part,
                form: if bar { "bar" } else { "box" },
                x,
                y: standing.y,
                width: end - x,
                height: standing.height,
                name: if bar { one.name.clone() } else { NAME.fit(&one.name, end - x - 2 * INSIDE) },
                lines: (0..).zip(&standing.lines).map(line).collect(),
            });
        }
        boxes
    }

    /// A list of parts below the others, and the frame around it; none where nothing is in it.
    fn list(&mut self, stands: Stands, title: &str, (y, right): (i32, i32), boxes: &mut Vec<Drawn>) -> Option<Frame> {
        let here: Vec<usize> = (0..self.parts.len())
            .filter(|part| self.parts.get(*part).is_some_and(|part| part.stands == stands))
            .collect();
        if here.is_empty() {
            return None;
        }
        let right = right.max(EDGE + ENTRY + 2 * INSIDE);
        self.across.right = self.across.right.max(right);
        let inside = right - EDGE - 2 * INSIDE;
        let columns = ((inside + GAP) / (ENTRY + GAP)).max(1);
        let width = (inside - (columns - 1) * GAP) / columns;
        let mut top = y + LIST_HEAD;
        let per_row = usize::try_from(columns).unwrap_or(1);
        for row in here.chunks(per_row) {
            let written: Vec<Vec<String>> = row.iter().map(|part| self.entry(*part, width - 2 * INSIDE)).collect();
            let most = written.iter().map(Vec::len).max().unwrap_or(0);
            let height = 24 + LINE * i32::try_from(most).unwrap_or(0) + 6;
            for ((column, part), lines) in (0..).zip(row).zip(written) {
                let x = EDGE + INSIDE + column * (width + GAP);
                let line = |(row, text): (i32, String)| Text { x: x + INSIDE, y: top + 35 + LINE * row, text };
                let name = self.parts.get(*part).map(|part| part.name.as_str()).unwrap_or_default();
                boxes.push(Drawn {
                    part: *part,
                    form: "entry",
                    x,
                    y: top,
                    width,
                    height,
                    name: TITLE.fit(name, width - 2 * INSIDE - 14),
                    lines: (0..).zip(lines).map(line).collect(),
                });
            }
            top += height + GAP;
        }
        let critical = here.iter().any(|part| self.parts.get(*part).is_some_and(Part::is_critical));
        let note = if critical { "! critical" } else { "" };
        let end = (top - GAP + INSIDE).max(if stands == Stands::Watches { self.grounds.bottom } else { 0 });
        Some(Frame {
            look: "list",
            x: EDGE,
            y,
            width: right - EDGE,
            height: end - y,
            title: title.to_owned(),
            note: Text { x: EDGE + INSIDE + TITLE.width(title) + 10, y: y + 19, text: note.to_owned() },
        })
    }

    /// What an entry of a list says below its name.
    fn entry(&self, part: usize, width: i32) -> Vec<String> {
        let Some(part) = self.parts.get(part) else { return Vec::new() };
        let mut facts = part.facts.clone();
        match facts.first_mut() {
            Some(first) if part.look != "alarm" => *first = format!("{}: {first}", part.kind),
            Some(_) => {}
            None => facts.push(part.kind.clone()),
        }
        let mut lines = FACT.flow(&facts, width);
        if lines.len() > 2 {
            let rest = lines.split_off(1).join(" ");
            lines.push(FACT.fit(&rest, width));
        }
        lines
    }

    fn lines(&self) -> Vec<Line> {
        self.grounds.nets.iter().enumerate().filter_map(|(net, _)| self.line(net)).collect()
    }

    fn line(&self, net: usize) -> Option<Line> {
        let one = self.grounds.nets.get(net)?;
        let way = self.ways.ways.get(net)?;
        let to = self.grounds.at(one.to)?;
        let (x, end) = self.column(to.column);
        let space = arriving(self.grounds, net);
        let (tip, back) = if one.from_left { (x, -1) } else { (end, 1) };
        let mut path = String::new();
        for from in &one.from {
            let points = self.points(way, net, *from, space, tip + back * 7)?;
            path.push_str(&rounded(&points));
        }
        let head = format!("M{tip} {y}l{a} -4v8z", y = way.arrives, a = back * 8);
        let margin = if one.from_left { self.margins(to.column).0 } else { self.margins(to.column).1 };
        let at = tip + back * (margin + 11);
        let count = i32::try_from(one.label.len()).unwrap_or(0);
        let label = (0..).zip(&one.label).map(|(row, text)| Text {
            x: at,
            y: way.arrives - 4 - 12 * (count - 1 - row),
            text: text.clone(),
        });
        Some(Line {
            look: self.look(one.to, &one.from),
            path,
            head,
            label: label.collect(),
            anchor: if one.from_left { "end" } else { "start" },
        })
    }

    /// A line looks like what is kept at one of its ends, as that is what tells it from others.
    fn look(&self, to: usize, from: &[usize]) -> &'static str {
        let works = |look: &str| matches!(look, "service" | "function" | "load-balancer" | "api" | "site");
        let look = |index: usize| self.parts.get(index).map_or("alarm", |part| part.look);
        let begins = from.first().map_or("alarm", |from| look(*from));
        if works(look(to)) { begins } else { look(to) }
    }

    fn points(&self, way: &Way, net: usize, from: usize, arrives: usize, tip: i32) -> Option<Vec<(i32, i32)>> {
        let begins = self.grounds.at(from)?;
        let (x, end) = self.column(begins.column);
        let row = way.leaves.get(&from).copied()?;
        let out = leaving(self.grounds, net, from);
        let panel = from + 1 == self.grounds.boxes.len();
        let start = match (panel, out == begins.column) {
            (true, _) => self.across.before_kept,
            (false, true) => end,
            (false, false) => x,
        };
        let lane = |space: usize| {
            let lane = i32::try_from(way.lanes.get(&space).copied()?).ok()?;
            Some(self.across.lanes.get(space)? + lane * LANE)
        };
        let mut points = vec![(start, row)];
        let mut y = row;
        let passes = (out != arrives).then(|| way.passes.get(&out).map(|row| (out, *row)));
        let passes = match passes {
            Some(pass) => Some(pass?),
            None => None,
        };
        for (space, next) in passes.into_iter().chain([(arrives, way.arrives)]) {
            if next != y {
                let lane = lane(space)?;
                points.extend([(lane, y), (lane, next)]);
                y = next;
            }
        }
        points.push((tip, way.arrives));
        points.dedup();
        Some(points)
    }
}

/// As many of the texts as there is room for, and how many are left out.
fn fitting(texts: &[String], room: i32) -> String {
    let written = |count: usize| match texts.len() - count {
        0 => texts.join(", "),
        more => format!("{} and {more} more", texts.get(..count).unwrap_or_default().join(", ")),
    };
    let counts = (1..=texts.len()).rev();
    counts.map(written).find(|text| FACT.width(text) <= room).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::{Strategy, prop_assert, proptest};

    const PLACES: [Stands; 9] = [
        Stands::Caller,
        Stands::Edge,
        Stands::Private,
        Stands::Free,
        Stands::Data,
        Stands::Kept,
        Stands::Told,
        Stands::Watches,
        Stands::Beside,
    ];

    /// Parts with names of any length, one of them the internet, and lines between any two.
    fn stacks() -> impl Strategy<Value = (Vec<Part>, Vec<Link>)> {
        let part = (0..PLACES.len(), "[a-zA-Z漢-]{1,40}", vec(".{0,40}", 0..4));
        (vec(part, 1..16), vec((0..16_usize, 0..16_usize, "[a-z]{0,9}"), 0..16)).prop_map(|(parts, links)| {
            let parts = parts.into_iter().enumerate().map(|(index, (place, name, facts))| Part {
                of: None,
                id: format!("part.{index}"),
                look: "service",
                kind: "Service".to_owned(),
                name: if index == 0 { "Internet".to_owned() } else { name },
                // The internet has no figures.
                facts: if index == 0 { Vec::new() } else { facts },
                about: None,
                stands: if index == 0 { Stands::Internet } else { PLACES[place] },
            });
            let parts: Vec<Part> = parts.collect();
            let linked = links.into_iter().filter(|(from, to, _)| from != to && *to > 0);
            let link = |(from, to, does): (usize, usize, String)| Link {
                from: format!("part.{from}"),
                to: format!("part.{to}"),
                does: if does.is_empty() { Vec::new() } else { vec![does] },
                drawn: true,
            };
            (parts, linked.map(link).collect())
        })
    }

    fn network() -> Network {
        let network =
            serde_json::json!({ "range": "10.0.0.0/16", "public": ["10.0.0.0/24"], "private": ["10.0.1.0/24"] });
        serde_json::from_value(network).unwrap()
    }

    proptest! {
        #[test]
        fn every_part_has_a_box_of_its_own_and_its_text_stays_inside((parts, links) in stacks(), framed: bool) {
            let network = network();
            let sheet = sheet(&parts, &links, framed.then_some(&network), Cloud::Aws);
            prop_assert!(sheet.boxes.len() == parts.len());
            for (index, one) in sheet.boxes.iter().enumerate() {
                prop_assert!(one.x >= 0 && one.y >= 0 && one.x + one.width <= sheet.width && one.y + one.height <= sheet.height, "{one:?}");
                for other in &sheet.boxes[index + 1..] {
                    let beside = one.x + one.width <= other.x || other.x + other.width <= one.x;
                    let above = one.y + one.height <= other.y || other.y + other.height <= one.y;
                    prop_assert!(beside || above, "{one:?} {other:?}");
                }
                for line in &one.lines {
                    prop_assert!(line.x + FACT.width(&line.text) <= one.x + one.width - 6, "{one:?}");
                    prop_assert!(line.y <= one.y + one.height - 4, "{one:?}");
                }
                let room = if one.form == "bar" { one.height } else { one.width - 16 };
                prop_assert!(NAME.width(&one.name) <= room || one.form == "entry", "{one:?}");
            }
        }
    }
}
