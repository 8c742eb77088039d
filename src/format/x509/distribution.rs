//! Distribution points: where CRLs are, and what one is for.
//! RFC 5280 4.2.1.13 and 5.2.5; CL-3 of the project's spec.

use super::name::GeneralName;
use super::name::Name;
use crate::format::der;
use crate::format::der::Reader;
use crate::format::der::Value;

/// Where a CRL can be found, and for which reasons it speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DistributionPoint {
    /// fullName.
    pub names: Vec<GeneralName>,
    /// nameRelativeToCRLIssuer: the attributes to be added to the issuer's name, content of their SET.
    pub relative_name: Option<Vec<u8>>,
    /// Reason bits, bit n = reason flag n of RFC 5280 4.2.1.13; `None` is all.
    pub reasons: Option<u16>,
    /// cRLIssuer, when it is not the certificate's issuer.
    pub crl_issuer: Vec<GeneralName>,
}

impl DistributionPoint {
    /// The URIs among the names.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.names.iter().filter_map(|name| if let GeneralName::Uri(uri) = name { Some(uri.as_str()) } else { None })
    }

    /// All names of the point, one relative to `crl_issuer` made whole (CL-3).
    #[must_use]
    pub fn names_under(&self, crl_issuer: &Name) -> Vec<GeneralName> {
        let relative = self.relative_name.as_ref().and_then(|relative| crl_issuer.with(relative).ok());
        self.names.iter().cloned().chain(relative.map(GeneralName::Directory)).collect()
    }

    /// `SEQUENCE { distributionPoint [0], reasons [1], cRLIssuer [2] }`, each optional.
    fn read(mut fields: Reader<'_>) -> Result<Self, der::Error> {
        let mut point = Self::default();
        if let Some(name) = fields.optional(der::context_constructed(0))? {
            point.read_name(&name)?;
        }
        if let Some(reasons) = fields.optional(der::context(1))? {
            point.reasons = Some(flags(reasons.bits()?.1));
        }
        if let Some(issuer) = fields.optional(der::context_constructed(2))? {
            point.crl_issuer = general_names(issuer.open()?)?;
        }
        fields.finish()?;
        Ok(point)
    }

    /// `[0] { CHOICE { fullName [0], nameRelativeToCRLIssuer [1] } }`
    pub(in crate::format) fn read_name(&mut self, wrapper: &Value<'_>) -> Result<(), der::Error> {
        let name = wrapper.explicit()?;
        match name.tag {
            tag if tag == der::context_constructed(0) => self.names = general_names(name.open()?)?,
            tag if tag == der::context_constructed(1) => self.relative_name = Some(name.content.to_vec()),
            found => {
                return Err(der::Error::Tag { at: name.at, expected: der::context_constructed(0), found });
            }
        }
        Ok(())
    }
}

/// Every GeneralName the reader has left.
pub(super) fn general_names(mut reader: Reader<'_>) -> Result<Vec<GeneralName>, der::Error> {
    let mut names = Vec::new();
    while !reader.is_empty() {
        names.push(GeneralName::read(reader.read()?.raw)?);
    }
    Ok(names)
}

/// cRLDistributionPoints.
pub(super) fn distribution_points(value: &[u8]) -> Result<Vec<DistributionPoint>, der::Error> {
    let mut list = Reader::new(value).only_sequence()?;
    let mut points = Vec::new();
    while !list.is_empty() {
        points.push(DistributionPoint::read(list.sequence()?)?);
    }
    Ok(points)
}

/// The first sixteen bits, bit 0 lowest; no list of ours has more than nine.
pub(in crate::format) fn flags(bytes: &[u8]) -> u16 {
    bytes.iter().take(2).rev().fold(0, |sum, byte| (sum << 8) | u16::from(byte.reverse_bits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_name_is_made_whole_under_its_issuer() {
        let attribute = |oid: u8, text: &str| {
            let oid = der::encode(der::OBJECT_IDENTIFIER, &[&[0x55, 4, oid]]);
            der::encode(der::SEQUENCE, &[&oid, &der::encode(der::UTF8_STRING, &[text.as_bytes()])])
        };
        let issuer = der::encode(der::SEQUENCE, &[&der::encode(der::SET, &[&attribute(10, "CA")])]);
        let issuer = Name::read(&issuer).unwrap();
        let relative = der::encode(der::context_constructed(1), &[&attribute(3, "CRL7")]);
        let point = der::encode(der::SEQUENCE, &[&der::encode(der::context_constructed(0), &[&relative])]);
        let points = distribution_points(&der::encode(der::SEQUENCE, &[&point])).unwrap();
        let names = points.first().unwrap().names_under(&issuer);
        let [GeneralName::Directory(name)] = names.as_slice() else { panic!("one directory name") };
        assert_eq!(name.to_string(), "CN=CRL7, O=CA");
    }

    #[test]
    fn named_bits_count_from_the_left() {
        assert_eq!(flags(&[0b0110_0000]), 0b110);
        assert_eq!(flags(&[0, 0x80]), 1 << 8);
        assert_eq!(flags(&[]), 0);
    }
}
