//! The parameters of a request in AWS's query protocol: a flat form whose names spell out the structure.

use std::collections::BTreeMap;

use super::error::ApiError;

/// The parameters of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    parameters: BTreeMap<String, String>,
}

impl From<BTreeMap<String, String>> for Query {
    fn from(parameters: BTreeMap<String, String>) -> Self {
        Self { parameters }
    }
}

impl Query {
    /// Reads a form.
    ///
    /// # Errors
    /// `MalformedInput` when the bytes aren't a form.
    pub fn parse(form: &[u8]) -> Result<Self, ApiError> {
        let parameters = serde_urlencoded::from_bytes(form)
            .map_err(|error| ApiError::new(400, "MalformedInput", error.to_string()))?;
        Ok(Self { parameters })
    }

    /// A text parameter; an empty one counts as given.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// A text parameter that must be there.
    ///
    /// # Errors
    /// `ValidationError`.
    pub fn required(&self, name: &str) -> Result<&str, ApiError> {
        self.text(name).ok_or_else(|| {
            let mut parameter = name.to_owned();
            if let Some(first) = parameter.get_mut(..1) {
                first.make_ascii_lowercase();
            }
            ApiError::validation(format!(
                "1 validation error detected: Value null at '{parameter}' failed to satisfy constraint: Member must not be null"
            ))
        })
    }

    /// A truth value.
    ///
    /// # Errors
    /// `ValidationError` when it's neither `true` nor `false`.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.text(name) {
            None => Ok(None),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(_) => Err(ApiError::new(400, "MalformedInput", format!("{name} must be true or false"))),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// `MalformedInput` when it isn't one.
    pub fn number(&self, name: &str) -> Result<Option<u64>, ApiError> {
        self.text(name)
            .map(|text| {
                text.parse().map_err(|_| ApiError::new(400, "MalformedInput", format!("{name} must be a whole number")))
            })
            .transpose()
    }

    /// Whether a list was given at all; an empty list is sent as an empty parameter.
    pub fn has_list(&self, name: &str) -> bool {
        let prefix = format!("{name}.");
        self.parameters.contains_key(name)
            || self.parameters.range(prefix.clone()..).next().is_some_and(|(key, _)| key.starts_with(&prefix))
    }

    /// A list of texts.
    pub fn texts(&self, name: &str) -> Vec<String> {
        (1..).map_while(|index| self.text(&format!("{name}.member.{index}"))).map(str::to_owned).collect()
    }

    /// A list of structures, each as parameters of its own.
    pub fn structures(&self, name: &str) -> Vec<Query> {
        let mut found = Vec::new();
        for index in 1.. {
            let prefix = format!("{name}.member.{index}.");
            let parameters: BTreeMap<String, String> = self
                .parameters
                .range(prefix.clone()..)
                .take_while(|(key, _)| key.starts_with(&prefix))
                .map(|(key, value)| (key[prefix.len()..].to_owned(), value.clone()))
                .collect();
            if parameters.is_empty() {
                break;
            }
            found.push(Query { parameters });
        }
        found
    }

    /// All parameters, without those that differ between two sendings of the same request.
    pub fn essence(&self) -> BTreeMap<String, String> {
        self.parameters
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "Version"))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Query;

    #[test]
    fn lists_and_structures_come_out_in_order() {
        let form = b"Action=CreateStack&Capabilities.member.1=A&Capabilities.member.2=B\
            &Tags.member.1.Key=k&Tags.member.1.Value=v+w&Tags.member.2.Key=l&Tags.member.2.Value=";
        let query = Query::parse(form).unwrap();
        assert_eq!(query.texts("Capabilities"), ["A", "B"]);
        let tags = query.structures("Tags");
        assert_eq!(tags.len(), 2);
        assert_eq!(tags[0].text("Value"), Some("v w"));
        assert_eq!(tags[1].text("Value"), Some(""));
        assert!(query.has_list("Tags"));
        assert!(!query.has_list("Parameters"));
    }

    #[test]
    fn a_missing_parameter_is_named_as_the_service_names_it() {
        let error = Query::default().required("StackName").unwrap_err();
        assert_eq!(error.code, "ValidationError");
        assert!(error.message.contains("at 'stackName'"));
    }
}
