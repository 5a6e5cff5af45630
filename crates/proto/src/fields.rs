//! The fields of a message by their names on the wire, listed once for reading and for writing.
//!
//! What serde generates for the same is several times as large in a WebAssembly module, and brings the formatting
//! of numbers with it. The server and the tests use serde; both read and write the same JSON, as tests of the wire
//! structs show.

use core::mem;

use crate::text::Words;

/// A message whose fields can be visited.
pub trait Fields {
    /// Passes every field to `visit`, which fills it in or writes it out.
    fn fields(&mut self, visit: &mut dyn Visit);
}

/// Fills in or writes out one field at a time; `None` is a field that is not there.
pub trait Visit {
    /// A text.
    fn text(&mut self, name: &'static str, value: &mut Option<String>);

    /// A whole number.
    fn number(&mut self, name: &'static str, value: &mut Option<u32>);

    /// A switch.
    fn flag(&mut self, name: &'static str, value: &mut Option<bool>);

    /// A list; one of more than `max` items is refused, before the items are made.
    fn list(&mut self, name: &'static str, max: usize, items: &mut dyn Items);

    /// What was read under `name` is nothing that may be there.
    fn refuse(&mut self, _name: &'static str) {}

    /// A text that is empty where it is not there.
    fn string(&mut self, name: &'static str, value: &mut String) {
        let mut text = Some(mem::take(value));
        self.text(name, &mut text);
        *value = text.unwrap_or_default();
    }

    /// A switch that is off where it is not there.
    fn switch(&mut self, name: &'static str, value: &mut bool) {
        let mut flag = Some(*value);
        self.flag(name, &mut flag);
        *value = flag.unwrap_or_default();
    }
}

/// A list within a message.
pub trait Items {
    /// How many there are; `None` where the list is not there.
    fn count(&self) -> Option<usize>;

    /// Becomes a list, an empty one.
    fn clear(&mut self);

    /// Adds one, and passes it to `visit` to be filled in.
    fn add(&mut self, visit: &mut dyn VisitItem);

    /// Passes one to `visit` to be written out.
    fn item(&mut self, index: usize, visit: &mut dyn VisitItem);
}

/// What a list may hold: texts, messages, messages or null.
pub trait Item {
    /// Passes itself to `visit`, as what it is.
    fn visit(&mut self, visit: &mut dyn VisitItem);
}

/// Fills in or writes out one item of a list.
pub trait VisitItem {
    /// It is a text.
    fn text(&mut self, value: &mut String);

    /// It is a message.
    fn message(&mut self, value: &mut dyn Fields);

    /// It is null where it is not `present`; whether it is present once it is filled in.
    fn present(&mut self, present: bool) -> bool;
}

impl<T: Item + Default> Items for Option<Vec<T>> {
    fn count(&self) -> Option<usize> {
        self.as_ref().map(Vec::len)
    }

    fn clear(&mut self) {
        *self = Some(Vec::new());
    }

    fn add(&mut self, visit: &mut dyn VisitItem) {
        let mut item = T::default();
        item.visit(visit);
        self.get_or_insert_default().push(item);
    }

    fn item(&mut self, index: usize, visit: &mut dyn VisitItem) {
        if let Some(item) = self.as_mut().and_then(|items| items.get_mut(index)) {
            item.visit(visit);
        }
    }
}

impl Item for String {
    fn visit(&mut self, visit: &mut dyn VisitItem) {
        visit.text(self);
    }
}

impl<T: Fields> Item for T {
    fn visit(&mut self, visit: &mut dyn VisitItem) {
        visit.message(self);
    }
}

impl<T: Fields + Default> Item for Option<T> {
    fn visit(&mut self, visit: &mut dyn VisitItem) {
        if visit.present(self.is_some()) {
            visit.message(self.get_or_insert_default());
        }
    }
}

/// A message of which what it needs is read, field by field: it is never there as a whole, as one is that has [`Fields`].
///
/// `None` is a field that is not there; one of a wrong type is noted by who implements this, and refused in the end.
pub trait Read {
    /// A text.
    fn text(&mut self, name: &'static str) -> Option<String>;

    /// A whole number.
    fn number(&mut self, name: &'static str) -> Option<u32>;

    /// A switch.
    fn flag(&mut self, name: &'static str) -> Option<bool>;

    /// A list of texts, at most `max`.
    fn texts(&mut self, name: &'static str, max: usize) -> Option<Vec<String>>;

    /// A list of messages, at most `max`, each passed to `item`; whether it is there.
    fn messages(&mut self, name: &'static str, max: usize, item: &mut dyn FnMut(&mut dyn Read)) -> bool;
}

/// `message` as JSON text.
pub fn to_json(message: &mut dyn Fields) -> String {
    let mut writer = Writer(String::new());
    VisitItem::message(&mut writer, message);
    writer.end(None);
    writer.0
}

/// Writes one JSON object, field by field. Every member and every item is written with a comma after it.
pub struct Writer(String);

impl Writer {
    /// An object of this type.
    pub fn of_type(name: &str) -> Self {
        let mut writer = Self("{".to_owned());
        writer.member("type", name);
        writer
    }

    /// Adds a text.
    pub fn member(&mut self, name: &str, text: &str) {
        self.name(name);
        self.quoted(text);
        self.0.push(',');
    }

    /// Adds a text where there is one.
    pub fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.member(name, text);
        }
    }

    /// Adds a number.
    pub fn whole(&mut self, name: &str, number: u32) {
        self.name(name);
        number.words(&mut self.0);
        self.0.push(',');
    }

    /// The object as JSON text.
    pub fn finish(mut self) -> String {
        self.end(Some('}'));
        self.end(None);
        self.0
    }

    fn name(&mut self, name: &str) {
        self.quoted(name);
        self.0.push(':');
    }

    fn quoted(&mut self, text: &str) {
        self.0.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => self.0.extend(['\\', c]),
                '\u{0}'..='\u{1f}' => {
                    let code = u32::from(c);
                    let hex = |digit: u32| char::from_digit(digit, 16).unwrap_or_default();
                    self.0.push_str("\\u00");
                    self.0.extend([hex(code >> 4), hex(code & 15)]);
                }
                _ => self.0.push(c),
            }
        }
        self.0.push('"');
    }

    /// Takes the last comma away, and closes what it was in.
    fn end(&mut self, close: Option<char>) {
        if self.0.ends_with(',') {
            self.0.pop();
        }
        if let Some(close) = close {
            self.0.extend([close, ',']);
        }
    }
}

impl Visit for Writer {
    fn text(&mut self, name: &'static str, value: &mut Option<String>) {
        self.optional(name, value.as_deref());
    }

    fn number(&mut self, name: &'static str, value: &mut Option<u32>) {
        if let Some(number) = *value {
            self.whole(name, number);
        }
    }

    fn flag(&mut self, name: &'static str, value: &mut Option<bool>) {
        if let Some(flag) = value {
            self.name(name);
            self.0.push_str(if *flag { "true," } else { "false," });
        }
    }

    fn list(&mut self, name: &'static str, _: usize, items: &mut dyn Items) {
        let Some(count) = items.count() else { return };
        self.name(name);
        self.0.push('[');
        for index in 0..count {
            items.item(index, self);
        }
        self.end(Some(']'));
    }
}

impl VisitItem for Writer {
    fn text(&mut self, value: &mut String) {
        self.quoted(value);
        self.0.push(',');
    }

    fn message(&mut self, value: &mut dyn Fields) {
        self.0.push('{');
        value.fields(self);
        self.end(Some('}'));
    }

    fn present(&mut self, present: bool) -> bool {
        if !present {
            self.0.push_str("null,");
        }
        present
    }
}
