//! The standard security handler, opened with the empty password: what strings and streams said before encryption.
//! ISO 32000-2, 7.6; validation spec, 5.6. Signed bytes are never decrypted: only what is compared and read is.

use std::borrow::Cow;

use lopdf::encryption::PasswordAlgorithm;
use lopdf::encryption::crypt_filters::Aes128CryptFilter;
use lopdf::encryption::crypt_filters::Aes256CryptFilter;
use lopdf::encryption::crypt_filters::CryptFilter;
use lopdf::encryption::crypt_filters::IdentityCryptFilter;
use lopdf::encryption::crypt_filters::Rc4CryptFilter;

use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::Object;
use crate::format::pdf::object::ObjectId;

/// Why what is encrypted cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealed {
    /// It takes a password.
    Password,
    /// It takes a recipient's private key (`/Adobe.PubSec`).
    Recipient,
    /// The handler or a method is unknown, its parameters are broken, or they are not the same in every revision.
    Unknown,
}

/// How the strings and streams of a document are encrypted.
#[derive(Debug)]
pub(crate) enum Encryption {
    /// They are not.
    None,
    /// With a key that anyone can compute.
    Open(Keys),
    /// They cannot be read.
    Sealed(Sealed),
}

/// The key of a document and what it is used with.
#[derive(Debug)]
pub(crate) struct Keys {
    key: Vec<u8>,
    /// The encryption dictionary, whose own strings are not encrypted.
    own: Option<ObjectId>,
    strings: &'static dyn CryptFilter,
    streams: &'static dyn CryptFilter,
    embedded: &'static dyn CryptFilter,
    metadata: bool,
}

/// The dictionary's keys that the key is computed from.
const PARAMETERS: [&[u8]; 10] = [b"V", b"R", b"Length", b"O", b"U", b"OE", b"UE", b"P", b"Perms", b"EncryptMetadata"];

impl Keys {
    /// From the encryption dictionary and the first of the file's identifiers.
    pub(crate) fn open(dictionary: &Dictionary, own: Option<ObjectId>, file_id: &[u8]) -> Result<Self, Sealed> {
        match dictionary.name(b"Filter") {
            Some(b"Standard") => {}
            Some(b"Adobe.PubSec") => return Err(Sealed::Recipient),
            Some(_) | None => return Err(Sealed::Unknown),
        }
        let document = parameters(dictionary, file_id);
        let algorithm = PasswordAlgorithm::try_from(&document).map_err(|_| Sealed::Unknown)?;
        algorithm.authenticate_user_password(&document, []).map_err(|_| Sealed::Password)?;
        let key = algorithm.compute_file_encryption_key(&document, []).map_err(|_| Sealed::Unknown)?;
        let named = |name: &[u8]| method(dictionary, dictionary.name(name).unwrap_or(b"Identity"));
        let (strings, streams) = (named(b"StrF")?, named(b"StmF")?);
        let embedded = if dictionary.has(b"EFF") { named(b"EFF")? } else { streams };
        let metadata = dictionary.get(b"EncryptMetadata").and_then(Object::as_bool).unwrap_or(true);
        Ok(Self { key, own, strings, streams, embedded, metadata })
    }

    /// Decrypts the strings in an object. `false` where one is no ciphertext; it stays as it is.
    pub(crate) fn open_strings(&self, id: ObjectId, object: &mut Object) -> bool {
        let is_xref = object.as_dict().is_some_and(|dictionary| dictionary.name(b"Type") == Some(b"XRef"));
        if Some(id) == self.own || is_xref {
            return true;
        }
        let decrypt = |bytes: &[u8]| decrypt(self.strings, &self.key, id, bytes);
        object.map_strings(&decrypt)
    }

    /// The bytes of a stream before encryption; its own filters still have to be undone. `None`: it is no ciphertext.
    pub(crate) fn open_stream<'r>(
        &self,
        id: ObjectId,
        dictionary: &Dictionary,
        raw: &'r [u8],
    ) -> Option<Cow<'r, [u8]>> {
        let filters = dictionary.get(b"Filter");
        let has_own = |filter: &Object| filter.as_name() == Some(b"Crypt");
        let own = filters
            .is_some_and(|filter| has_own(filter) || filter.as_array().is_some_and(|all| all.iter().any(has_own)));
        let method = match dictionary.name(b"Type") {
            Some(b"XRef") => return Some(Cow::Borrowed(raw)),
            Some(b"Metadata") if !self.metadata => return Some(Cow::Borrowed(raw)),
            // A stream's own crypt filter; any other than Identity is refused where filters are undone.
            Some(_) | None if own => return Some(Cow::Borrowed(raw)),
            Some(b"EmbeddedFile") => self.embedded,
            Some(_) | None => self.streams,
        };
        decrypt(method, &self.key, id, raw).map(Cow::Owned)
    }
}

fn decrypt(method: &dyn CryptFilter, key: &[u8], id: ObjectId, bytes: &[u8]) -> Option<Vec<u8>> {
    let key = method.compute_key(key, (id.number, id.generation)).ok()?;
    method.decrypt(&key, bytes).ok()
}

/// What a crypt filter's name means. Before version 4 there are no names, and everything is RC4.
fn method(dictionary: &Dictionary, name: &[u8]) -> Result<&'static dyn CryptFilter, Sealed> {
    if dictionary.int(b"V").is_some_and(|version| version < 4) {
        return Ok(&Rc4CryptFilter);
    }
    if name == b"Identity" {
        return Ok(&IdentityCryptFilter);
    }
    let filters = dictionary.get(b"CF").and_then(Object::as_dict);
    let filter = filters.and_then(|filters| filters.get(name)?.as_dict()).ok_or(Sealed::Unknown)?;
    match filter.name(b"CFM") {
        Some(b"V2") => Ok(&Rc4CryptFilter),
        Some(b"AESV2") => Ok(&Aes128CryptFilter),
        Some(b"AESV3") => Ok(&Aes256CryptFilter),
        Some(b"None") => Ok(&IdentityCryptFilter),
        Some(_) | None => Err(Sealed::Unknown),
    }
}

/// An empty document with this encryption dictionary, for lopdf to compute with.
fn parameters(dictionary: &Dictionary, file_id: &[u8]) -> lopdf::Document {
    let mut encrypt = lopdf::Dictionary::new();
    for key in PARAMETERS {
        let value = match dictionary.get(key) {
            Some(Object::Integer(number)) => lopdf::Object::Integer(*number),
            Some(Object::Boolean(truth)) => lopdf::Object::Boolean(*truth),
            Some(Object::String(bytes)) => lopdf::Object::string_literal::<&[u8]>(bytes),
            Some(
                Object::Null
                | Object::Real(_)
                | Object::Name(_)
                | Object::Array(_)
                | Object::Dictionary(_)
                | Object::Stream(_)
                | Object::Reference(_),
            )
            | None => continue,
        };
        encrypt.set(key, value);
    }
    let mut document = lopdf::Document::new();
    let encrypt = document.add_object(encrypt);
    document.trailer.set("Encrypt", encrypt);
    document.trailer.set("ID", lopdf::Object::Array(vec![lopdf::Object::string_literal(file_id)]));
    document
}
