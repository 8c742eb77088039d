//! Deliveries to a long-term archive: a package is made and waits to be fetched, its acknowledgement is kept. USERS 9.6; E-ARK.

use axum::extract::Path;
use axum::extract::Query as QueryString;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;

use crate::archive::record::RecordId;
use crate::verify::mask::masked;
use crate::web::caller::Caller;
use crate::web::doing;
use crate::web::doing::Handed;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::language::Language;
use crate::web::pages::asked::Asked;
use crate::web::pages::form::Field;
use crate::web::pages::form::Form;
use crate::web::pages::form::Input;
use crate::web::pages::shell::Shell;
use crate::web::state::App;
use crate::web::upload::Upload;

/// Records of one package.
const RECORDS_MAX: usize = 200;

/// The page that asks to whom.
pub(crate) async fn form(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    QueryString(pairs): QueryString<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    caller.must_keep()?;
    let asked = Asked::new(pairs);
    blank(&app, &shell, &asked, &chosen(&asked)?).await?.shown()
}

/// The records that are chosen, in the address.
fn chosen(asked: &Asked) -> Result<Vec<RecordId>, Problem> {
    let ids: Result<Vec<RecordId>, _> = asked.all("handling").into_iter().map(str::parse).collect();
    let ids = ids.map_err(|_| Problem::from(Kind::NotFound))?;
    match ids.len() {
        1..=RECORDS_MAX => Ok(ids),
        0 => Err(Problem::new(
            Kind::BadRequest,
            "Välj minst en handling att leverera. Inget har ändrats.",
            "Choose at least one record to deliver. Nothing was changed.",
        )),
        _ => Err(Problem::new(
            Kind::BadRequest,
            format!("Högst {RECORDS_MAX} handlingar ryms i ett paket. Inget har ändrats. Leverera i omgångar."),
            format!("A package takes at most {RECORDS_MAX} records. Nothing was changed. Deliver in several."),
        )),
    }
}

async fn blank(app: &App, shell: &Shell, asked: &Asked, ids: &[RecordId]) -> Result<Form, Problem> {
    let looked = ids.to_vec();
    let found =
        app.ask(move |archive| looked.iter().map(|id| archive.listed(*id)).collect::<Result<Vec<_>, _>>()).await?;
    let titles: Option<Vec<String>> = found.into_iter().map(|row| Some(masked(&row?.title))).collect();
    let titles = titles.ok_or(Kind::NotFound)?;
    let count = titles.len();
    Ok(Form {
        lead: vec![match shell.language {
            Language::Sv => format!("{count} handlingar läggs i ett E-ARK-paket med kontrollintyg, kvitto och händelser. Att de levereras registreras."),
            Language::En => format!("{count} records go into an E-ARK package with statement, receipt and events. Their delivery is registered."),
        }],
        facts: vec![(shell.say("Handlingar", "Records").to_owned(), titles.join("; "))],
        action: asked.address("/gallring/leverans", &[]),
        fields: vec![
            Field::new("mottagare", shell.say("Mottagare", "Recipient"), Input::Line)
                .needed()
                .hint(shell.say("Till exempel Kommunarkivet.", "For example the town's archive.")),
            Field::new("overenskommelse", shell.say("Leveransöverenskommelse", "Agreement"), Input::Line),
            Field::new("utan", shell.say("Utan underskrifter", "Without signatures"), Input::Tick).hint(shell.say(
                "För arkiv som inte tar emot underskrivna filer. Att ta bort underskrifter ur den levererade kopian kan kräva eget beslut.",
                "For archives that take no signed files. To take signatures out of the delivered copy may need a decision of its own.",
            )),
        ],
        submit: shell.say("Skapa leveranspaket", "Make a package").to_owned(),
        back: (shell.href("/gallring"), shell.say("Avbryt", "Cancel").to_owned()),
        ..Form::told(shell, shell.say("Leverera till e-arkiv", "Deliver to a long-term archive"))
    })
}

/// Makes the package, states that it was handed over, and leads to it.
pub(crate) async fn make(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    QueryString(pairs): QueryString<Vec<(String, String)>>,
    axum::Form(sent): axum::Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    caller.must_keep()?;
    let (address, asked) = (Asked::new(pairs), Asked::new(sent));
    let ids = chosen(&address)?;
    let mut form = blank(&app, &shell, &address, &ids).await?.filled(&asked);
    if !form.complete(&asked) {
        return form.shown();
    }
    let handed = Handed {
        recipient: asked.text("mottagare").unwrap_or_default(),
        agreement: asked.text("overenskommelse"),
        without_signatures: asked.get("utan").is_some(),
    };
    match doing::deliver(&app, &caller, ids, handed).await {
        Ok((ticket, _)) => Ok(Redirect::to(&shell.href(&format!("/hamta/{ticket}"))).into_response()),
        Err(problem) => form.refused(problem),
    }
}

/// The page that takes the recipient's acknowledgement.
pub(crate) async fn receipt_form(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    Path(package): Path<String>,
) -> Result<Response, Problem> {
    caller.must_keep()?;
    receipt_page(&app, &shell, &package).await?.shown()
}

async fn receipt_page(app: &App, shell: &Shell, package: &str) -> Result<Form, Problem> {
    let records = doing::of_package(app, package).await?;
    let (recipient, count) = records.first().map(|(_, to)| (to.clone(), records.len())).ok_or(Kind::NotFound)?;
    Ok(Form {
        facts: vec![
            (shell.say("Mottagare", "Recipient").to_owned(), recipient),
            (shell.say("Handlingar", "Records").to_owned(), count.to_string()),
            (shell.say("Paketets kontrollsumma", "The package's SHA-256").to_owned(), package.to_owned()),
        ],
        lead: vec![
            shell
                .say(
                    "Kvittensen sparas med varje handling i paketet, och registreras.",
                    "The acknowledgement is kept with each record of the package, and registered.",
                )
                .to_owned(),
        ],
        action: shell.href(&format!("/gallring/leverans/{package}/kvittens")),
        fields: vec![
            Field::new("kvittens", shell.say("Mottagarens kvittens", "The recipient's acknowledgement"), Input::File)
                .needed(),
            Field::new("beteckning", shell.say("Mottagarens beteckning", "What the recipient calls it"), Input::Line),
        ],
        submit: shell.say("Spara kvittens", "Keep the acknowledgement").to_owned(),
        back: (shell.href("/gallring"), shell.say("Avbryt", "Cancel").to_owned()),
        ..Form::told(shell, shell.say("Spara kvittens", "Keep the acknowledgement"))
    })
}

/// Keeps it.
pub(crate) async fn receive(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    Path(package): Path<String>,
    upload: Result<Upload, Problem>,
) -> Result<Response, Problem> {
    caller.must_keep()?;
    let form = receipt_page(&app, &shell, &package).await?;
    let mut upload = match upload {
        Ok(upload) => upload,
        Err(problem) if problem.kind == Kind::EmptyDocument => {
            return form.refused(Problem::new(
                Kind::BadRequest,
                "Välj filen med mottagarens kvittens. Inget har ändrats.",
                "Choose the file with the recipient's acknowledgement. Nothing was changed.",
            ));
        }
        Err(problem) => return Err(problem),
    };
    let reference = upload.field("beteckning").map(str::to_owned);
    let file = upload.files.pop().ok_or(Kind::BadRequest)?;
    doing::acknowledge(&app, &caller, &package, file, reference).await?;
    let mut pairs = vec![("klart".to_owned(), "kvittens".to_owned())];
    pairs.extend(shell.carried().map(|tag| ("lang".to_owned(), tag.to_owned())));
    Ok(Redirect::to(&Asked::new(pairs).address("/gallring", &[])).into_response())
}
