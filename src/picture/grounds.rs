//! Where the boxes stand from top to bottom: columns of parts, each beside what it talks to, and the network around those inside of it.

use super::link::Link;
use super::part::{Part, Stands};
use super::width::Font;

/// The fonts of a box: what it is, its name, its figures.
pub const KIND: Font = Font::of(10);
/// The font of a name.
pub const NAME: Font = Font::bold(13);
/// The font of a figure, and of what stands beside a line.
pub const FACT: Font = Font::of(11);

/// What is free inside of a box at its left and right.
pub const INSIDE: i32 = 12;
/// How much lower each line of figures stands than the one before.
pub const LINE: i32 = 15;
/// Where the first line of figures stands in a box.
pub const FIRST: i32 = 51;

const LEAST_WIDTH: i32 = 116;
/// Figures are wrapped where they are wider.
const MOST_WIDTH: i32 = 172;
/// A name or a word that can't be wrapped is cut where it is wider.
const MOST_WORD: i32 = 250;
/// The least in which load balancers stand: the ranges of two subnets are written above them.
const EDGE_WIDTH: i32 = 152;
const BETWEEN: i32 = 20;
/// Where the first box stands: below the picture's title.
const TOP: i32 = 92;
/// What the network's frame and that of its subnets need above their boxes, and below.
const HEAD: i32 = 76;
const FOOT: i32 = 28;
/// What a line takes that passes between two stores, and how many find room there.
const PASSING: i32 = 6;
const MOST_PASSING: i32 = 12;
/// The least height of the internet's box, for its name.
const LEAST_BAR: i32 = 110;
/// What lies between two bands of the picture.
const APART: i32 = 34;
/// How much of a box's side each line takes: one that is spoken of, and one that isn't.
const SPOKEN: i32 = 17;
const SILENT: i32 = 9;

/// The columns of the picture, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// The internet.
    Internet,
    /// What calls from outside of the network.
    Callers,
    /// Where calls come in.
    Edge,
    /// What works.
    Work,
    /// What holds data.
    Data,
    /// What the cloud keeps.
    Kept,
}

impl Column {
    const ALL: [Column; 6] =
        [Column::Internet, Column::Callers, Column::Edge, Column::Work, Column::Data, Column::Kept];

    const fn of(stands: Stands) -> Option<Column> {
        match stands {
            Stands::Internet => Some(Column::Internet),
            Stands::Caller => Some(Column::Callers),
            Stands::Edge => Some(Column::Edge),
            Stands::Private | Stands::Free => Some(Column::Work),
            Stands::Data => Some(Column::Data),
            Stands::Kept | Stands::Told => Some(Column::Kept),
            Stands::Watches | Stands::Beside => None,
        }
    }
}

/// A box, as far as columns and rows go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The place of its column among those that are there.
    pub column: usize,
    /// Its upper edge.
    pub y: i32,
    /// Its height.
    pub height: i32,
    /// Its figures, in lines.
    pub lines: Vec<String>,
}

/// Lines that lead to one box and say the same, drawn as one that has several beginnings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Net {
    /// Where they lead to, by the place among the boxes.
    pub to: usize,
    /// Where they begin.
    pub from: Vec<usize>,
    /// What is done along them, in one or two lines.
    pub label: Vec<String>,
    /// Whether they come from the left.
    pub from_left: bool,
}

/// The boxes in their columns, from top to bottom.
#[derive(Clone, Debug)]
pub struct Grounds {
    /// The columns that are there.
    pub columns: Vec<Column>,
    /// How wide each is.
    pub widths: Vec<i32>,
    /// The boxes by the place of their part; none where it stands in a list. The last is that of what is watched.
    pub boxes: Vec<Option<Standing>>,
    /// The lines.
    pub nets: Vec<Net>,
    /// Where the network's frame begins and ends from top to bottom.
    pub network: Option<(i32, i32)>,
    /// Where what is watched begins.
    pub band: i32,
    /// Where the lowest box so far ends.
    pub bottom: i32,
}

impl Grounds {
    /// The box at that place.
    pub fn at(&self, index: usize) -> Option<&Standing> {
        self.boxes.get(index).and_then(Option::as_ref)
    }

    /// The place of a column among those that are there.
    pub fn place(&self, column: Column) -> Option<usize> {
        self.columns.iter().position(|one| *one == column)
    }

    /// Whether lines leave a box wherever they go to: the internet, which is as high as all that it calls, and what is watched.
    pub fn is_tall(&self, index: usize) -> bool {
        let column = self.at(index).and_then(|one| self.columns.get(one.column));
        column == Some(&Column::Internet) || index + 1 == self.boxes.len()
    }

    fn middle(&self, index: usize) -> Option<i32> {
        self.at(index).map(|one| one.y + one.height / 2)
    }
}

/// Puts parts into columns and rows; `framed` where there is a network.
pub fn grounds(parts: &[Part], links: &[Link], framed: bool) -> Grounds {
    let watched = parts.len();
    let told = parts.iter().any(|part| part.stands == Stands::Told);
    let columns: Vec<Column> = Column::ALL
        .into_iter()
        .filter(|column| *column == Column::Work || parts.iter().any(|part| Column::of(part.stands) == Some(*column)))
        .collect();
    let place = |column| columns.iter().position(|one| *one == column);
    let widths: Vec<i32> = columns.iter().map(|column| width(*column, parts)).collect();
    let boxes = parts.iter().map(|part| {
        let column = Column::of(part.stands).and_then(place)?;
        let lines = FACT.flow(&part.facts, widths.get(column).copied().unwrap_or(MOST_WIDTH));
        let height = FIRST + LINE * (i32::try_from(lines.len()).unwrap_or(0) - 1) + 11;
        Some(Standing { column, y: 0, height, lines })
    });
    let before = place(Column::Kept).unwrap_or(columns.len()).saturating_sub(1);
    let panel = Standing { column: before, y: 0, height: 0, lines: Vec::new() };
    let boxes: Vec<Option<Standing>> = boxes.chain([told.then_some(panel)]).collect();
    let mut all = Grounds { columns, widths, boxes, nets: Vec::new(), network: None, band: 0, bottom: TOP };
    all.nets = nets(parts, links, &all);
    for index in 0..watched {
        let least = sides(&all, index);
        if let Some(one) = all.boxes.get_mut(index).and_then(Option::as_mut) {
            one.height = one.height.max(least);
        }
    }
    stand(parts, &mut all, framed);
    all
}

/// How wide the text of a column's boxes may be: its widest name or figure, within bounds.
fn width(column: Column, parts: &[Part]) -> i32 {
    if column == Column::Internet {
        return 18;
    }
    let here = parts.iter().filter(|part| Column::of(part.stands) == Some(column));
    let widest = here.map(|part| {
        let all = FACT.width(&part.facts.join(", ")).min(MOST_WIDTH);
        let words = part.facts.iter().flat_map(|fact| fact.split(' ')).map(|word| FACT.width(&format!("{word},")));
        let word = NAME.width(&part.name).max(words.max().unwrap_or(0)).min(MOST_WORD);
        all.max(word).max(KIND.width(&part.kind) + 24)
    });
    let least = if column == Column::Edge { EDGE_WIDTH } else { LEAST_WIDTH };
    widest.max().unwrap_or(0).max(least)
}

/// The drawn lines, those together that lead to one box from one side and say the same.
fn nets(parts: &[Part], links: &[Link], all: &Grounds) -> Vec<Net> {
    let mut nets: Vec<Net> = Vec::new();
    let place = |id: &str| parts.iter().position(|part| part.id == id);
    for link in links.iter().filter(|link| link.drawn) {
        let (Some(from), Some(to)) = (place(&link.from), place(&link.to)) else { continue };
        let watches = parts.get(from).is_some_and(|part| part.stands == Stands::Watches);
        let from = if watches { parts.len() } else { from };
        let (Some(begins), Some(ends)) = (all.at(from), all.at(to)) else { continue };
        let from_left = begins.column < ends.column;
        let text = link.label();
        let words: Vec<String> = link.does.clone();
        let label = match (FACT.width(&text) > 76, words.split_first()) {
            (true, Some((first, rest))) if !rest.is_empty() => vec![format!("{first},"), rest.join(", ")],
            _ if text.is_empty() => Vec::new(),
            _ => vec![text],
        };
        let same = nets.iter_mut().find(|net| net.to == to && net.label == label && net.from_left == from_left);
        match same {
            Some(net) if net.from.contains(&from) => {}
            Some(net) => net.from.push(from),
            None => nets.push(Net { to, from: vec![from], label, from_left }),
        }
    }
    nets
}

/// How much of a side a line takes where it arrives.
pub fn room(net: &Net) -> i32 {
    match net.label.len() {
        0 => SILENT,
        1 => SPOKEN,
        _ => SPOKEN + 13,
    }
}

/// How much of a side a line takes where it leaves.
pub const LEAVING: i32 = SILENT;

/// The least height of a box, for the lines at its sides.
fn sides(all: &Grounds, index: usize) -> i32 {
    let (mut left, mut right) = (0, 0);
    for net in &all.nets {
        if net.to == index {
            *(if net.from_left { &mut left } else { &mut right }) += room(net);
        }
        if net.from.contains(&index) {
            *(if net.from_left { &mut right } else { &mut left }) += LEAVING;
        }
    }
    left.max(right) + 14
}

/// Gives every box its row.
fn stand(parts: &[Part], all: &mut Grounds, framed: bool) {
    let of = |stands: Stands| {
        (0..parts.len()).filter(move |index| parts.get(*index).is_some_and(|part| part.stands == stands))
    };
    let head = if framed { HEAD } else { 0 };
    let inner = TOP + head;
    // What works stands first; the rest stands beside it. Services before functions, and those that are called from outside on top.
    let mut private: Vec<usize> = of(Stands::Private).collect();
    private.sort_by_key(|index| (!called(parts, all, *index), *index));
    let works_end = stack(all, &private, inner, BETWEEN);
    // Between stores there is room for the lines that go on to what the cloud keeps.
    let between = BETWEEN + PASSING * passing(all).min(MOST_PASSING);
    let data: Vec<usize> = of(Stands::Data).collect();
    let height = stack(all, &data, inner, between) - between - inner;
    let middle = ((works_end - BETWEEN - inner - height) / 2).max(0);
    let data_end = stack(all, &data, inner + middle, between) - between + BETWEEN;
    let edge_end = settle(all, of(Stands::Edge).collect(), inner);
    let mut bottom = works_end.max(data_end).max(edge_end) - BETWEEN;
    if framed {
        bottom = bottom.max(inner + 40) + FOOT;
        all.network = Some((TOP, bottom));
    }
    let free: Vec<usize> = of(Stands::Free).collect();
    if !free.is_empty() {
        bottom = stack(all, &free, if framed { bottom + APART } else { bottom + BETWEEN }, BETWEEN) - BETWEEN;
    }
    bottom = bottom.max(settle(all, of(Stands::Caller).collect(), TOP) - BETWEEN);
    for index in of(Stands::Internet) {
        bottom = bottom.max(TOP + LEAST_BAR);
        if let Some(one) = all.boxes.get_mut(index).and_then(Option::as_mut) {
            (one.y, one.height) = (TOP, bottom - TOP);
        }
    }
    let (linked, alone): (Vec<_>, Vec<_>) = of(Stands::Kept).partition(|index| wish(all, *index).is_some());
    let kept_end = settle(all, linked, TOP);
    let kept_end = stack(all, &alone, kept_end, BETWEEN);
    bottom = bottom.max(kept_end - BETWEEN);
    all.band = bottom + APART;
    let told_end = stack(all, &of(Stands::Told).collect::<Vec<_>>(), all.band + 8, BETWEEN);
    all.bottom = if told_end > all.band + 8 { told_end - BETWEEN } else { bottom };
    let (band, end) = (all.band, all.bottom);
    if let Some(panel) = all.boxes.last_mut().and_then(Option::as_mut) {
        (panel.y, panel.height) = (band, (end - band).max(0) + 8);
    }
}

/// Whether something outside of the work calls it.
fn called(parts: &[Part], all: &Grounds, index: usize) -> bool {
    all.nets.iter().any(|net| {
        let caller =
            |from: &usize| parts.get(*from).is_some_and(|part| matches!(part.stands, Stands::Edge | Stands::Caller));
        net.to == index && net.from.iter().any(caller)
    })
}

/// How many lines go from what works to what the cloud keeps, or back.
fn passing(all: &Grounds) -> i32 {
    let (work, kept) = (all.place(Column::Work), all.place(Column::Kept));
    let column = |index: usize| all.at(index).map(|one| one.column);
    let pass = |net: &&Net| {
        let ends = [net.from.first().and_then(|from| column(*from)), column(net.to)];
        ends.contains(&work) && ends.contains(&kept)
    };
    i32::try_from(all.nets.iter().filter(pass).count()).unwrap_or(0)
}

/// Puts boxes below each other from there on, in their order; gives where the next would stand.
fn stack(all: &mut Grounds, boxes: &[usize], top: i32, between: i32) -> i32 {
    let mut y = top;
    for index in boxes {
        if let Some(one) = all.boxes.get_mut(*index).and_then(Option::as_mut) {
            one.y = y;
            y += one.height + between;
        }
    }
    y
}

/// Puts boxes as near as they come to the middle of what they talk to, none over another and none above the top; gives where the next would
/// stand.
fn settle(all: &mut Grounds, boxes: Vec<usize>, top: i32) -> i32 {
    let mut wanted: Vec<(i32, usize)> =
        boxes.into_iter().map(|index| (wish(all, index).unwrap_or(top), index)).collect();
    wanted.sort_unstable();
    let mut y = top;
    let mut drift = 0;
    for (wish, index) in &wanted {
        if let Some(one) = all.boxes.get_mut(*index).and_then(Option::as_mut) {
            one.y = y.max(wish - one.height / 2);
            drift += one.y + one.height / 2 - wish;
            y = one.y + one.height + BETWEEN;
        }
    }
    // All of them a little up again, so that the last is as near as the first.
    let first = wanted.first().and_then(|(_, index)| all.at(*index)).map_or(top, |one| one.y);
    let back = (drift / i32::try_from(wanted.len().max(1)).unwrap_or(1)).clamp(0, first - top);
    for (_, index) in &wanted {
        if let Some(one) = all.boxes.get_mut(*index).and_then(Option::as_mut) {
            one.y -= back;
        }
    }
    y - back
}

/// The middle of what a box talks to.
fn wish(all: &Grounds, index: usize) -> Option<i32> {
    let mut others = Vec::new();
    for net in &all.nets {
        if net.to == index {
            others.extend(net.from.iter().copied());
        } else if net.from.contains(&index) {
            others.push(net.to);
        }
    }
    let placed: Vec<i32> = others
        .into_iter()
        .filter(|other| all.at(*other).is_some_and(|one| one.y > 0))
        .filter_map(|other| all.middle(other))
        .collect();
    let count = i32::try_from(placed.len()).ok().filter(|count| *count > 0)?;
    Some(placed.iter().sum::<i32>() / count)
}
