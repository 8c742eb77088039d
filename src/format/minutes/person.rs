//! People in a list: name, party, municipality, role, and whom they stand in for.
//! Grammar `person` of the notes on Swedish minutes, 5.1.

/// Somebody in the list of those present or absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The name as written.
    pub name: String,
    /// The party in brackets as written, also `-` and local parties.
    pub party: Option<String>,
    /// The municipality after the party.
    pub municipality: Option<String>,
    /// `ordförande`, `1 v ordf.` and the like, as written.
    pub role: Option<String>,
    /// Whom the person stands in for.
    pub substitutes_for: Option<Substituted>,
}

/// The member somebody stands in for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Substituted {
    /// The name as written.
    pub name: String,
    /// The party in brackets, which may be another than the substitute's.
    pub party: Option<String>,
}
