//! The policy in sentences, for the page that explains how we check. USERS 9 and 10.

use crate::verify::policy::Policy;
use crate::verify::policy::RevocationRule;
use crate::verify::text::Text;

impl Policy {
    /// The policy in sentences, for the page that explains how we check.
    pub fn statement(&self) -> Vec<Text> {
        let exempt = match self.revocation {
            RevocationRule::Required => Text::new(
                "Spärrkontroll krävs för varje certifikat under den betrodda utfärdaren.",
                "Revocation data is required for every certificate below the trusted issuer.",
            ),
            RevocationRule::SingleUseKeysExempt => Text::new(
                "Spärrkontroll krävs inte för en undertecknare vars nyckel underskriftstjänsten skapade för en enda \
                 underskrift och sedan förstörde (certifikatet bär intyg om legitimering). Det sägs då i svaret.",
                "Revocation data is not required for a signer whose key the signing service made for one signature and \
                 then destroyed (the certificate attests the identification). The answer says so.",
            ),
            RevocationRule::IfAvailable => Text::new(
                "Spärruppgifter som finns räknas; att de saknas eller är gamla avgör inget men sägs i svaret.",
                "Revocation data that is there counts; that it is missing or old decides nothing, but the answer says so.",
            ),
        };
        vec![
            Text::new(
                "Räknas: filens byte, underskriften, certifikatet och dess väg till en utfärdare på vår lista, \
                 giltighetstider, nyckelanvändning, spärruppgifter som finns, och vad som ändrats efteråt.",
                "Counts: the bytes, the signature, the certificate and its path to an issuer on our list, validity, key \
                 usage, whatever revocation data there is, and what changed afterwards.",
            ),
            Text::new(
                "Räknas inte: tiden som undertecknaren själv uppger, texten på underskriftssidan, namnet i \
                 underskriftsfältet.",
                "Does not count: the time the signer claims, the text of the signature page, the name in the field.",
            ),
            exempt,
            Text::new(
                "Utan tidsstämpel bedöms underskriften vid kontrolltillfället. När certifikatet har gått ut blir svaret \
                 ”vi kan inte avgöra”, om handlingen inte registrerats här i tid.",
                "Without a timestamp the signature is judged at the time of the check. Once the certificate has expired \
                 the answer is \"cannot tell\", unless the document was registered here in time.",
            ),
            Text::new(
                "Varje ändring efter underskriften som inte bevisligen är en ytterligare underskrift, \
                 valideringsuppgifter eller en dokumenttidsstämpel underkänns.",
                "Any change after signing that is not provably a further signature, validation data or a document \
                 timestamp fails.",
            ),
            Text::new(
                "RSA-underskrifter där NULL saknas i DigestInfo godtas med en anmärkning; svenska underskriftstjänster \
                 gör sådana.",
                "RSA signatures that lack NULL in DigestInfo are accepted with a note; Swedish services make them.",
            ),
            Text::new(
                "Det som utfärdarna kräver av certifikat under dem (namn, policyer, kedjans längd) måste vara uppfyllt. \
                 Ett certifikat vars angivna ändamål inte nämner underskrifter godtas med en anmärkning.",
                "What issuers demand of the certificates below them (names, policies, length of the path) must be met. A \
                 certificate whose stated purposes do not mention signatures is accepted with a note.",
            ),
        ]
    }
}
