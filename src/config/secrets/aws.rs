//! `${aws-secret:ID}` and `${aws-secret:ID#MEMBER}`: a secret of AWS Secrets Manager, or one member of it where it is a
//! JSON object. Region and credentials come from where the AWS SDK looks for them.

use aws_config::BehaviorVersion;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// Asks Secrets Manager. An error never holds what the secret is.
pub(super) fn fetch(id: &str) -> Result<SecretString, String> {
    let (id, member) = id.split_once('#').map_or((id, None), |(id, member)| (id, Some(member)));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot ask AWS: {error}"))?;
    let secret = runtime.block_on(ask(id))?;
    member.map_or(Ok(secret.clone()), |member| member_of(&secret, member))
}

async fn ask(id: &str) -> Result<SecretString, String> {
    let http =
        aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
    let answer = Client::new(&config).get_secret_value().secret_id(id).send().await;
    let secret = answer.map_err(|error| format!("AWS gave no secret: {}", reason(&error)))?;
    secret
        .secret_string
        .map(SecretString::from)
        .ok_or_else(|| "the secret is binary, and a text is needed".to_owned())
}

/// Not the SDK's own report, which may hold the whole response.
fn reason(error: &SdkError<GetSecretValueError>) -> String {
    if let Some(refused) = error.as_service_error() {
        let (code, message) =
            (refused.code().unwrap_or("unknown"), refused.message().unwrap_or("no message"));
        return format!("{code}: {message}");
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn member_of(secret: &SecretString, member: &str) -> Result<SecretString, String> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Member {
        Text(String),
        Number(serde_json::Number),
        Other(serde::de::IgnoredAny),
    }
    let members: std::collections::BTreeMap<String, Member> = serde_json::from_str(secret.expose_secret())
        .map_err(|_| "the secret is not a JSON object".to_owned())?;
    match members.into_iter().find(|(name, _)| name == member) {
        Some((_, Member::Text(text))) => Ok(text.into()),
        Some((_, Member::Number(number))) => Ok(number.to_string().into()),
        Some((_, Member::Other(_))) => {
            Err(format!("member {member} of the secret is neither a text nor a number"))
        }
        None => Err(format!("the secret has no member {member}")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_member_is_taken_and_no_error_shows_the_secret() {
        let secret = SecretString::from(r#"{"password": "hunter2", "port": 5432, "tags": []}"#);
        assert_eq!(member_of(&secret, "password").unwrap().expose_secret(), "hunter2");
        assert_eq!(member_of(&secret, "port").unwrap().expose_secret(), "5432");
        for (secret, member) in
            [(&secret, "tags"), (&secret, "user"), (&SecretString::from("hunter2"), "password")]
        {
            assert!(!member_of(secret, member).unwrap_err().contains("hunter2"));
        }
    }
}
