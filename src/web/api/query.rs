//! Questions in the query string of `GET /api/v1/records`. A malformed identifier is 400, an unknown one is an empty list.
//! USERS 8 (6); DIGG's REST profile FNS.03 and FNS.07 for `limit` and `offset`.

use axum::extract::FromRequestParts;
use axum::extract::Query as QueryString;
use axum::http::request::Parts;
use jiff::civil::Date;
use serde::Deserialize;

use crate::archive::catalogue::Query;
use crate::archive::record::DIARY_BYTES_MAX;
use crate::archive::record::RecordId;
use crate::archive::record::unhex;
use crate::archive::search::NoWords;
use crate::archive::search::Terms;
use crate::format::minutes::transaction::Malformed;
use crate::format::minutes::transaction::TransactionId;
use crate::web::api::listing::Filters;
use crate::web::error::Kind;
use crate::web::error::Problem;

/// Records in one answer when nobody says otherwise (FNS.07).
const LIMIT: usize = 20;
/// Records in one answer at most.
const LIMIT_MAX: usize = 100;
/// Longest question of words read, in bytes.
const TEXT_BYTES_MAX: usize = 1_000;

/// What to look for. Several parameters narrow the answer.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Questions {
    /// Anything one can hold in the hand: transaction id, SHA-256, record id or diary number. / Vad man än har i handen.
    #[param(example = "Transaktions-ID: 41C226CF-4468-491A-BAFD-389E9B0451B4")]
    pub(crate) q: Option<String>,
    /// A transaction id, in any case, with or without hyphens. / Ett Transaktions-ID, hur det än är skrivet.
    transaction_id: Option<String>,
    /// A document's SHA-256, hex. / Ett dokuments kontrollsumma.
    sha256: Option<String>,
    /// A diary number. / Ett diarienummer.
    diary_number: Option<String>,
    /// Words in titles, matters and decisions, or their beginnings; asked alone. / Ord i rubriker, ärenden och beslut.
    #[param(example = "avgift förskola")]
    text: Option<String>,
    /// A code of the retention schedule; as the following, of the register as a list. / Handlingstyp; som de följande gäller
    /// det registret som lista.
    #[param(example = "minutes")]
    record_type: Option<String>,
    /// The body it belongs to. / Organ.
    #[param(example = "Kommunstyrelsen")]
    body: Option<String>,
    /// What was found when it was registered. / Svaret när den registrerades.
    #[param(example = "valid")]
    verdict: Option<String>,
    /// Whether its disposal is stopped. / Om det finns ett gallringsstopp.
    #[param(example = true)]
    on_hold: Option<bool>,
    /// The first day, of the meeting or else of the registration. / Första dagen, för mötet eller annars registreringen.
    #[param(example = "2026-01-01")]
    from: Option<String>,
    /// The last day. / Sista dagen.
    #[param(example = "2026-12-31")]
    to: Option<String>,
    /// Records in the answer, 1 to 100; default 20. / Antal i svaret.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<usize>,
    /// Records to pass over; default 0. / Antal att hoppa över.
    #[param(default = 0)]
    offset: Option<usize>,
    /// Language of problem texts: `sv` or `en`. / Språk för feltexter.
    #[serde(rename = "lang")]
    _lang: Option<String>,
}

impl Questions {
    /// The identifiers asked for: all must fit; each is what its text may mean.
    pub(crate) fn meanings(&self) -> Result<Vec<Vec<Query>>, Problem> {
        let asked = [
            self.q.as_deref().map(anything),
            self.transaction_id.as_deref().map(|text| Ok(vec![Query::Transaction(transaction(text)?)])),
            self.sha256.as_deref().map(|text| Ok(vec![Query::Document(sha256(text)?)])),
            self.diary_number.as_deref().map(|text| Ok(vec![diary(text)?])),
        ];
        asked.into_iter().flatten().collect()
    }

    /// The words asked for, where words are asked for.
    pub(crate) fn terms(&self) -> Result<Option<Terms>, Problem> {
        let Some(text) = &self.text else { return Ok(None) };
        let others = [&self.q, &self.transaction_id, &self.sha256, &self.diary_number];
        if others.into_iter().any(Option::is_some) {
            return Err(Problem::new(
                Kind::BadRequest,
                "`text` frågas ensamt, inte tillsammans med q, transactionId, sha256 eller diaryNumber.",
                "`text` is asked alone, not together with q, transactionId, sha256 or diaryNumber.",
            ));
        }
        terms(text).map(Some)
    }

    /// What of the register is wanted, where it is asked for as a list.
    pub(crate) fn filters(&self) -> Result<Filters, Problem> {
        let Self { record_type, body, verdict, on_hold, from, to, .. } = self;
        let filters = Filters {
            record_type: record_type.clone(),
            body: body.clone(),
            verdict: verdict.clone(),
            on_hold: *on_hold,
            from: from.as_deref().map(day).transpose()?,
            to: to.as_deref().map(day).transpose()?,
        };
        let others = [&self.q, &self.transaction_id, &self.sha256, &self.diary_number, &self.text];
        if !filters.is_empty() && others.into_iter().any(Option::is_some) {
            return Err(Problem::new(
                Kind::BadRequest,
                "recordType, body, verdict, onHold, from och to gäller registret som lista, utan q, text eller något ID.",
                "recordType, body, verdict, onHold, from and to are of the register as a list, without q, text or any id.",
            ));
        }
        Ok(filters)
    }

    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        let limit = self.limit.unwrap_or(LIMIT);
        if (1..=LIMIT_MAX).contains(&limit) {
            return Ok(limit);
        }
        Err(Problem::new(
            Kind::BadRequest,
            format!("`limit` är från 1 till {LIMIT_MAX}."),
            format!("`limit` is from 1 to {LIMIT_MAX}."),
        ))
    }

    pub(crate) fn offset(&self) -> usize {
        self.offset.unwrap_or(0)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Questions {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = QueryString::<Self>::from_request_parts(parts, state).await;
        read.map(|QueryString(questions)| questions).map_err(|_| {
            Problem::new(
                Kind::BadRequest,
                "Parametrarna är q, transactionId, sha256, diaryNumber, text, recordType, body, verdict, onHold, from, to, \
                 limit, offset och lang; limit och offset är tal, onHold true eller false.",
                "The parameters are q, transactionId, sha256, diaryNumber, text, recordType, body, verdict, onHold, from, to, \
                 limit, offset and lang; limit and offset are numbers, onHold true or false.",
            )
        })
    }
}

/// Whatever a pasted text may mean. A personal number means nothing: people are not looked up by it.
pub(crate) fn anything(text: &str) -> Result<Vec<Query>, Problem> {
    if matches!(TransactionId::parse(text), Err(Malformed::PersonalNumber)) {
        return Err(Kind::MalformedIdentifier.into());
    }
    Query::parse(text).map_err(|_| Kind::MalformedIdentifier.into())
}

/// Words to look for.
pub(crate) fn terms(text: &str) -> Result<Terms, Problem> {
    let long = (text.len() > TEXT_BYTES_MAX).then_some(NoWords);
    long.map_or_else(|| Terms::read(text), Err).map_err(|_| {
        Problem::new(
            Kind::BadRequest,
            format!("Ange minst ett ord med två bokstäver, högst {TEXT_BYTES_MAX} tecken. Långa nummer söks inte."),
            format!(
                "Give at least one word of two letters, {TEXT_BYTES_MAX} characters at most. Long numbers are not looked for."
            ),
        )
    })
}

/// A transaction id from a path or a parameter.
pub(crate) fn transaction(text: &str) -> Result<TransactionId, Problem> {
    TransactionId::parse(text).map_err(|error| {
        Problem::new(
            Kind::MalformedIdentifier,
            "Det ser inte ut som ett Transaktions-ID. Det består oftast av 36 tecken med bindestreck.",
            format!("That does not look like a transaction id: {error}."),
        )
    })
}

/// A record id from a path.
pub(crate) fn record(text: &str) -> Result<RecordId, Problem> {
    text.parse().map_err(|error| {
        Problem::new(
            Kind::MalformedIdentifier,
            "Ett handlings-id är 24 hexadecimala siffror.",
            format!("{error}").replacen('a', "A", 1) + ".",
        )
    })
}

fn day(text: &str) -> Result<Date, Problem> {
    text.parse()
        .map_err(|_| Problem::new(Kind::BadRequest, "En dag skrivs som 2026-03-12.", "A day is written as 2026-03-12."))
}

fn sha256(text: &str) -> Result<[u8; 32], Problem> {
    unhex(text.trim()).ok_or_else(|| {
        Problem::new(
            Kind::MalformedIdentifier,
            "En kontrollsumma (SHA-256) är 64 hexadecimala siffror.",
            "A SHA-256 is 64 hexadecimal digits.",
        )
    })
}

fn diary(text: &str) -> Result<Query, Problem> {
    let text = text.trim();
    if text.is_empty() || text.len() > DIARY_BYTES_MAX {
        return Err(Problem::new(
            Kind::MalformedIdentifier,
            format!("Ett diarienummer har 1 till {DIARY_BYTES_MAX} tecken."),
            format!("A diary number has 1 to {DIARY_BYTES_MAX} characters."),
        ));
    }
    Ok(Query::Diary(text.to_owned()))
}
