//! Writes the XML that the interfaces of AWS, of Blob Storage and of Cloud Storage answer with.

use std::fmt::Display;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// An XML document or a part of one, in the making.
pub struct Xml {
    writer: Writer<Vec<u8>>,
}

impl std::fmt::Debug for Xml {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Xml").field("bytes", &self.writer.get_ref().len()).finish()
    }
}

impl Default for Xml {
    fn default() -> Self {
        Self::new()
    }
}

impl Xml {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { writer: Writer::new(Vec::new()) }
    }

    fn event(&mut self, event: Event<'_>) {
        // Writing into memory can't fail.
        let _ = self.writer.write_event(event);
    }

    /// The declaration and the root element.
    pub fn root(&mut self, name: &str, namespace: &str, content: impl FnOnce(&mut Self)) {
        self.event(Event::Decl(BytesDecl::new("1.0", None, None)));
        let mut start = BytesStart::new(name);
        start.push_attribute(("xmlns", namespace));
        self.event(Event::Start(start));
        content(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    /// The declaration and a root element without namespace.
    pub fn document(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.event(Event::Decl(BytesDecl::new("1.0", None, None)));
        self.inside(name, content);
    }

    /// An element with elements in it.
    pub fn inside(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.event(Event::Start(BytesStart::new(name)));
        content(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    /// An element with text in it. Characters that XML 1.0 can't hold become `?`.
    pub fn text(&mut self, name: &str, value: impl Display) {
        let value: String = value
            .to_string()
            .chars()
            .map(|letter| match letter {
                '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => letter,
                _ => '?',
            })
            .collect();
        self.inside(name, |xml| xml.event(Event::Text(BytesText::new(&value))));
    }

    /// An element with text in it, if there is any.
    pub fn optional(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// A list: `<name><member>…</member>…</name>`.
    pub fn list<T>(&mut self, name: &str, items: impl IntoIterator<Item = T>, mut each: impl FnMut(&mut Self, T)) {
        self.inside(name, |xml| {
            for item in items {
                xml.inside("member", |xml| each(xml, item));
            }
        });
    }

    /// A list of texts.
    pub fn texts(&mut self, name: &str, items: impl IntoIterator<Item = impl Display>) {
        self.inside(name, |xml| {
            for item in items {
                xml.text("member", item);
            }
        });
    }

    /// The bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.writer.into_inner()
    }

    /// Puts what another writer wrote here.
    pub fn append(&mut self, part: Xml) {
        let bytes = part.into_bytes();
        self.writer.get_mut().extend_from_slice(&bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::Xml;

    #[test]
    fn text_is_escaped_and_impossible_characters_replaced() {
        let mut xml = Xml::new();
        xml.text("Reason", "a < b & \u{1b}[31m");
        assert_eq!(String::from_utf8(xml.into_bytes()).unwrap(), "<Reason>a &lt; b &amp; ?[31m</Reason>");
    }
}
