//! A source file, parsed: the paths it names, its identifiers and strings, its attributes. Code under `#[cfg(test)]` is left out.

use std::error::Error;
use std::fs;
use std::path::Path;

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// A file of `src/`.
pub(crate) struct Source {
    /// Below `src/`, with `/`: `clouds/aws/queue.rs`.
    pub(crate) path: String,
    /// As written.
    pub(crate) text: String,
    /// Paths that the code names, absolute where they start in this crate.
    pub(crate) references: Vec<Reference>,
    /// Identifiers and string literals.
    pub(crate) words: Vec<Word>,
    /// Attributes as written, `#![expect(…)]` among them.
    pub(crate) attributes: Vec<Word>,
}

/// A path that the code names: `std::fs::read`, or `crate::plan::change` whichever way it was written.
pub(crate) struct Reference {
    /// The segments; the first is `crate` for this crate's own.
    pub(crate) segments: Vec<String>,
    /// The line, from 1.
    pub(crate) line: usize,
}

impl Reference {
    /// The top-level module of this crate that the path leads into, if it does.
    pub(crate) fn module(&self) -> Option<&str> {
        match self.segments.as_slice() {
            [krate, module, ..] if krate == "crate" => Some(module),
            _ => None,
        }
    }

    /// As it would be written.
    pub(crate) fn written(&self) -> String {
        self.segments.join("::")
    }
}

/// Something written at a line.
pub(crate) struct Word {
    /// The text.
    pub(crate) text: String,
    /// The line, from 1.
    pub(crate) line: usize,
}

impl Source {
    /// Parses one file.
    pub(crate) fn parse(path: &str, text: &str) -> Result<Self, Box<dyn Error>> {
        let file = syn::parse_file(text).map_err(|problem| format!("src/{path}: {problem}"))?;
        let mut reader = Reader { module: module_of(path), references: vec![], words: vec![], attributes: vec![] };
        reader.visit_file(&file);
        Ok(Self {
            path: path.to_owned(),
            text: text.to_owned(),
            references: reader.references,
            words: reader.words,
            attributes: reader.attributes,
        })
    }

    /// The top-level module the file belongs to; none for `lib.rs` and `main.rs`.
    pub(crate) fn module(&self) -> Option<&str> {
        match self.path.split_once('/') {
            Some((module, _)) => Some(module),
            None => self.path.strip_suffix(".rs").filter(|name| !matches!(*name, "lib" | "main")),
        }
    }
}

/// Every file of `src/` in order of path, but for those that hold a module's tests.
pub(crate) fn all() -> Result<Vec<Source>, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = vec![];
    walk(&root, &root, &mut paths)?;
    paths.sort();
    if paths.len() < 10 {
        return Err(format!("only {} files below {}: the rules would see nothing", paths.len(), root.display()).into());
    }
    paths.iter().map(|path| Source::parse(path, &fs::read_to_string(root.join(path))?)).collect()
}

fn walk(root: &Path, folder: &Path, paths: &mut Vec<String>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(root, &path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            let below: Vec<_> = path.strip_prefix(root)?.iter().map(|part| part.to_string_lossy()).collect();
            paths.push(below.join("/"));
        }
    }
    Ok(())
}

/// The segments of the module that a file is, without `crate`.
fn module_of(path: &str) -> Vec<String> {
    let mut segments: Vec<String> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if segments.last().is_some_and(|last| last == "mod") || matches!(path, "lib.rs" | "main.rs") {
        segments.pop();
    }
    segments
}

struct Reader {
    module: Vec<String>,
    references: Vec<Reference>,
    words: Vec<Word>,
    attributes: Vec<Word>,
}

impl Reader {
    fn refer(&mut self, written: &[String], span: Span) {
        if let Some(segments) = self.absolute(written) {
            self.references.push(Reference { segments, line: span.start().line });
        }
    }

    /// Resolves `crate`, `self` and `super`, and this crate's own name as `main.rs` uses it. A lone name is no path.
    fn absolute(&self, written: &[String]) -> Option<Vec<String>> {
        let first = written.first()?;
        let mut base = match first.as_str() {
            "crate" | "landfall" => vec![],
            "self" | "super" => self.module.clone(),
            _ => return (written.len() > 1).then(|| written.to_vec()),
        };
        let mut rest = written;
        while let Some((first, after)) = rest.split_first() {
            match first.as_str() {
                "super" => drop(base.pop()),
                "crate" | "self" | "landfall" => {}
                _ => break,
            }
            rest = after;
        }
        let mut segments = vec!["crate".to_owned()];
        segments.append(&mut base);
        segments.extend_from_slice(rest);
        Some(segments)
    }

    fn read_use(&mut self, prefix: &[String], tree: &syn::UseTree) {
        let joined = |ident: &syn::Ident| {
            let mut path = prefix.to_vec();
            path.push(ident.to_string());
            path
        };
        match tree {
            syn::UseTree::Path(path) => self.read_use(&joined(&path.ident), &path.tree),
            syn::UseTree::Name(name) => self.refer(&joined(&name.ident), name.ident.span()),
            syn::UseTree::Rename(rename) => self.refer(&joined(&rename.ident), rename.ident.span()),
            syn::UseTree::Glob(glob) => {
                let mut path = prefix.to_vec();
                path.push("*".to_owned());
                self.refer(&path, glob.span());
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.read_use(prefix, item)),
        }
    }

    /// Macros are tokens: a path is names with `::` between.
    fn read_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = vec![];
        let mut colons = 0;
        let mut at = Span::call_site();
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.refer(&std::mem::take(&mut path), at);
                    }
                    at = ident.span();
                    self.words.push(Word { text: ident.to_string(), line: at.start().line });
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.refer(&std::mem::take(&mut path), at);
                    colons = 0;
                    match other {
                        TokenTree::Group(group) => self.read_tokens(group.stream()),
                        TokenTree::Literal(literal) => {
                            self.words.push(Word { text: literal.to_string(), line: literal.span().start().line });
                        }
                        TokenTree::Ident(_) | TokenTree::Punct(_) => {}
                    }
                }
            }
        }
        self.refer(&path, at);
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_test(attributes_of(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.read_use(&[], &item.tree);
        visit::visit_item_use(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let written: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.refer(&written, path.span());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.read_tokens(mac.tokens.clone());
        visit::visit_macro(self, mac);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let line = attribute.span().start().line;
        match &attribute.meta {
            // Prose: documentation may name what it likes.
            syn::Meta::NameValue(pair) if pair.path.is_ident("doc") => return,
            syn::Meta::List(list) => {
                let name =
                    list.path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>().join("::");
                self.attributes.push(Word { text: format!("{name}({})", list.tokens), line });
                self.read_tokens(list.tokens.clone());
            }
            syn::Meta::NameValue(_) | syn::Meta::Path(_) => {}
        }
        visit::visit_attribute(self, attribute);
    }

    fn visit_ident(&mut self, ident: &'ast proc_macro2::Ident) {
        self.words.push(Word { text: ident.to_string(), line: ident.span().start().line });
    }

    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        self.words.push(Word { text: literal.value(), line: literal.span().start().line });
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::NameValue(_) => false,
    })
}

fn attributes_of(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(path: &str, text: &str) -> Vec<String> {
        let source = Source::parse(path, text).unwrap();
        source.references.iter().map(Reference::written).collect()
    }

    #[test]
    fn paths_are_absolute_whichever_way_they_are_written() {
        assert_eq!(
            written("plan/diff.rs", "use super::change::{Action, Change as C};"),
            ["crate::plan::change::Action", "crate::plan::change::Change"]
        );
        assert_eq!(written("plan/mod.rs", "use super::model;"), ["crate::model"]);
        assert_eq!(
            written("plan/diff.rs", "mod inner { use super::super::change::Action; }"),
            ["crate::plan::change::Action"]
        );
        assert_eq!(written("main.rs", "use landfall::commands;"), ["crate::commands"]);
        assert_eq!(
            written("plan/diff.rs", "fn f() -> std::io::Result<()> { crate::views::plan::text() }"),
            ["std::io::Result", "crate::views::plan::text"]
        );
    }

    #[test]
    fn paths_inside_macros_and_attributes_are_seen() {
        assert_eq!(written("plan/diff.rs", "fn f() { vec![std::env::var(\"x\")]; }"), ["std::env::var"]);
        assert_eq!(written("plan/diff.rs", "#[derive(schemars::JsonSchema)] struct S;"), ["schemars::JsonSchema"]);
    }

    #[test]
    fn tests_inside_a_file_are_left_out() {
        assert!(written("plan/diff.rs", "#[cfg(test)] mod tests { use std::fs::read; }").is_empty());
    }
}
