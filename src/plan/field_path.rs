//! The place of a value inside a resource's properties.

use std::fmt;

/// One step from a value to a value inside it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Into a field.
    Name(String),
    /// Into a list, counted from 0.
    Index(usize),
}

/// A path such as `VpcConfig.SubnetIds[1]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(Vec<Step>);

impl FieldPath {
    /// The path of the properties as a whole.
    pub fn root() -> FieldPath {
        FieldPath::default()
    }

    /// The path of a field inside the value at this path.
    pub fn field(&self, name: &str) -> FieldPath {
        self.with(Step::Name(name.to_owned()))
    }

    /// The path of a list's element inside the value at this path.
    pub fn index(&self, at: usize) -> FieldPath {
        self.with(Step::Index(at))
    }

    /// Looks at a field inside the value at this path, with the path going there meanwhile.
    pub(super) fn in_field(&mut self, name: &str, look: impl FnOnce(&mut FieldPath)) {
        self.0.push(Step::Name(name.to_owned()));
        look(self);
        self.0.pop();
    }

    /// Looks at a list's element inside the value at this path, as [`FieldPath::in_field`] does.
    pub(super) fn in_item(&mut self, at: usize, look: impl FnOnce(&mut FieldPath)) {
        self.0.push(Step::Index(at));
        look(self);
        self.0.pop();
    }

    fn with(&self, step: Step) -> FieldPath {
        let mut steps = Vec::with_capacity(self.0.len() + 1);
        steps.extend(self.0.iter().cloned());
        steps.push(step);
        FieldPath(steps)
    }

    /// The steps from the outside in.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The names on the way, without the places in lists: `VpcConfig`, `SubnetIds`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|step| match step {
            Step::Name(name) => Some(name.as_str()),
            Step::Index(_) => None,
        })
    }

    /// The outermost name; none for the root.
    pub fn top(&self) -> Option<&str> {
        self.names().next()
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Name(name) if at == 0 => f.write_str(name)?,
                Step::Name(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_as_people_write_it() {
        let path = FieldPath::root().field("VpcConfig").field("SubnetIds").index(1);
        assert_eq!(path.to_string(), "VpcConfig.SubnetIds[1]");
        assert_eq!(path.names().collect::<Vec<_>>(), ["VpcConfig", "SubnetIds"]);
        assert_eq!(path.top(), Some("VpcConfig"));
    }
}
