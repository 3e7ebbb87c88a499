//! Every environment variable that the engine reads: one table, which the contract is written from as well.

use crate::role::Role;

/// What a variable's text must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Any text that is not empty.
    Text,
    /// A URL with one of these schemes.
    Url(&'static [&'static str]),
    /// A number in this range, both ends included.
    Number(f64, f64),
    /// A whole number in this range, both ends included.
    Whole(u64, u64),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// `latitude,longitude` in degrees.
    Place,
    /// Names of the database's users, between commas.
    Users,
}

/// One environment variable.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it says, with units.
    pub meaning: &'static str,
    /// The roles that read it.
    pub roles: &'static [Role],
    /// Whether those roles refuse to start without it.
    pub required: bool,
    /// Whether its value must not be seen. A secret may be the value itself or the ARN of a secret in Secrets Manager,
    /// which is then fetched.
    pub secret: bool,
    /// What stands when it is absent.
    pub default: Option<&'static str>,
    /// What its text must be.
    pub kind: Kind,
}

const EVERY: &[Role] = &Role::ALL;
const HTTP: Kind = Kind::Url(&["https", "http"]);

const fn variable(name: &'static str, roles: &'static [Role], kind: Kind, meaning: &'static str) -> Variable {
    Variable { name, meaning, roles, required: false, secret: false, default: None, kind }
}

const fn required(variable: Variable) -> Variable {
    Variable { required: true, ..variable }
}

const fn secret(variable: Variable) -> Variable {
    Variable { secret: true, ..variable }
}

const fn default(value: &'static str, variable: Variable) -> Variable {
    Variable { default: Some(value), ..variable }
}

/// The table, in the order in which problems are reported.
pub const VARIABLES: &[Variable] = &[
    required(variable("DATABASE_HOST", EVERY, Kind::Text, "host name of PostgreSQL")),
    default("5432", variable("DATABASE_PORT", EVERY, Kind::Whole(1, 65_535), "port of PostgreSQL")),
    required(variable("DATABASE_NAME", EVERY, Kind::Text, "name of the database")),
    required(variable("DATABASE_USER", EVERY, Kind::Text, "user to connect as")),
    secret(variable(
        "DATABASE_PASSWORD",
        EVERY,
        Kind::Text,
        "password of that user; without it the role logs in with a token of its own identity (IAM)",
    )),
    default(
        "verify",
        variable(
            "DATABASE_TLS",
            EVERY,
            Kind::OneOf(&["verify", "off"]),
            "`verify` checks the server's certificate and name, `off` is for a database on the same machine",
        ),
    ),
    variable(
        "DATABASE_CA_FILE",
        EVERY,
        Kind::Text,
        "PEM file of the authorities that signed the database's certificate (RDS has its own); else the public ones",
    ),
    variable(
        "DATABASE_LOGINS",
        &[Role::Migrate],
        Kind::Users,
        "users that the other roles log in as by their identity, between commas: made where they are missing, with rights on rows",
    ),
    variable("AWS_REGION", EVERY, Kind::Text, "region that identity tokens and secrets are asked of"),
    default("info", variable("LOG", EVERY, Kind::OneOf(&["error", "warn", "info", "debug"]), "how much is logged")),
    variable("BUILD_DIGEST", &[Role::Api], Kind::Text, "the build that this is, for `/health` to show"),
    default("8501", variable("PORT", &[Role::Api], Kind::Whole(0, 65_535), "port to listen on")),
    default("0.0.0.0", variable("LISTEN", &[Role::Api], Kind::Text, "address to listen on")),
    required(secret(variable("API_KEY", &[Role::Api], Kind::Text, "key that operators give to see and change data"))),
    variable(
        "CACHE_URL",
        &[Role::Api],
        Kind::Url(&["redis", "rediss"]),
        "Redis that takes repeated reads off the database; the engine works without it, slower",
    ),
    required(variable("FORECAST_URL", &[Role::Ingest], HTTP, "where the forecast is fetched: GRIB2 or a tar of .npy")),
    variable(
        "FORECAST_BODY",
        &[Role::Ingest],
        Kind::Text,
        "JSON that asks for the forecast; with it the request is a POST, else a GET",
    ),
    default(
        "60000",
        variable("FORECAST_TIMEOUT", &[Role::Ingest], Kind::Whole(10, 600_000), "milliseconds to wait for a forecast"),
    ),
    secret(variable("EARTH2_KEY", &[Role::Ingest], Kind::Text, "bearer key of the forecast source")),
    default(
        "hail,209.3.28",
        variable(
            "FORECAST_HAIL",
            &[Role::Ingest],
            Kind::Text,
            "names (npy) and discipline.category.number (GRIB2) of fields that hold hail size in millimetres",
        ),
    ),
    default(
        "refc,0.16.196",
        variable(
            "FORECAST_REFLECTIVITY",
            &[Role::Ingest],
            Kind::Text,
            "the same for composite reflectivity in dBZ, the proxy taken where there is no hail field",
        ),
    ),
    default(
        "0.25",
        variable("LEAD_SCORE", &[Role::Propose], Kind::Number(0.0, 1.0), "score from which a parcel becomes a lead"),
    ),
    default(
        "32.7767,-96.7970",
        variable("DEPOT", &[Role::Api, Role::Route], Kind::Place, "where crews start and end: latitude,longitude"),
    ),
    default("4", variable("CREWS", &[Role::Api, Role::Route], Kind::Whole(1, 100), "crews to build routes for")),
    default(
        "60",
        variable("CREW_STOPS", &[Role::Api, Role::Route], Kind::Whole(1, 5_000), "stops that a crew can make at most"),
    ),
    default(
        "150",
        variable(
            "CREW_REACH",
            &[Role::Api, Role::Route],
            Kind::Number(1.0, 500.0),
            "kilometres from the depot at most",
        ),
    ),
    default(
        "10",
        variable(
            "ROUTE_SECONDS",
            &[Role::Api, Role::Route],
            Kind::Number(0.01, 600.0),
            "seconds of search for all crews together; never more than half of the invocation's time left",
        ),
    ),
    required(variable("CRM_URL", &[Role::Crm], HTTP, "base of the customer system's interface (ServiceTitan)")),
    required(variable("CRM_TENANT", &[Role::Crm], Kind::Text, "tenant number there")),
    required(secret(variable("CRM_KEY", &[Role::Crm], Kind::Text, "bearer key there"))),
    default(
        "5",
        variable("CRM_ATTEMPTS", &[Role::Crm], Kind::Whole(1, 20), "tries before a record goes to the dead letters"),
    ),
    default(
        "500",
        variable(
            "CRM_BACKOFF",
            &[Role::Crm],
            Kind::Whole(1, 60_000),
            "milliseconds before the second try at most; doubles with each",
        ),
    ),
    default(
        "10000",
        variable("CRM_TIMEOUT", &[Role::Crm], Kind::Whole(10, 60_000), "milliseconds to wait for an answer"),
    ),
];
