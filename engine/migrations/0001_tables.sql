-- release-before: compatible
create extension if not exists postgis;

create table parcels (
    id bigint generated always as identity primary key,
    external_id text not null unique,
    -- Made up for tests and demonstrations; never a real owner's.
    synthetic boolean not null,
    address text not null,
    roof_years integer not null check (roof_years >= 0),
    geom geometry(Point, 4326) not null
);
create index parcels_place on parcels using gist ((geom::geography));

create table forecast_runs (
    id bigint generated always as identity primary key,
    source text not null,
    reference_time timestamptz not null,
    lead_minutes integer not null,
    field text not null,
    -- hail_mm: hail size in millimetres. reflectivity_proxy: composite reflectivity in dBZ, which only hints at hail.
    measure text not null check (measure in ('hail_mm', 'reflectivity_proxy')),
    sha256 text not null,
    ingested_at timestamptz not null default now(),
    proposed_at timestamptz,
    unique (source, reference_time, lead_minutes, field)
);

create table forecast_cells (
    run_id bigint not null references forecast_runs on delete cascade,
    cell integer not null,
    value real not null,
    geom geometry(Point, 4326) not null,
    primary key (run_id, cell)
);

create table impact_scores (
    run_id bigint not null references forecast_runs on delete cascade,
    parcel_id bigint not null references parcels on delete cascade,
    value real not null,
    proxy boolean not null,
    score real not null check (score between 0 and 1),
    primary key (run_id, parcel_id)
);

create table leads (
    id bigint generated always as identity primary key,
    run_id bigint not null references forecast_runs,
    parcel_id bigint not null references parcels,
    -- One lead a parcel and storm day (UTC), however many runs show the same storm.
    storm_day date not null,
    score real not null,
    proxy boolean not null,
    opened_at timestamptz not null default now(),
    contacted_at timestamptz,
    unique (parcel_id, storm_day)
);
create index leads_run on leads (run_id);

create table sms_drafts (
    lead_id bigint primary key references leads on delete cascade,
    body text not null,
    drafted_at timestamptz not null default now()
);

create table routes (
    id bigint generated always as identity primary key,
    run_id bigint not null references forecast_runs,
    crew integer not null,
    metres double precision not null,
    depot geometry(Point, 4326) not null,
    unreachable jsonb not null,
    built_at timestamptz not null default now(),
    unique (run_id, crew)
);

create table route_stops (
    route_id bigint not null references routes on delete cascade,
    place integer not null,
    lead_id bigint not null unique references leads,
    primary key (route_id, place)
);

create table sla_clocks (
    kind text not null check (kind in ('lead', 'route', 'first_contact')),
    subject bigint not null,
    started_at timestamptz not null,
    due_at timestamptz not null,
    met_at timestamptz,
    breached_at timestamptz,
    primary key (kind, subject)
);
create index sla_clocks_untold on sla_clocks (due_at) where breached_at is null;

create table crm_outbox (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('lead', 'route')),
    subject bigint not null,
    idempotency_key text not null unique,
    payload jsonb not null,
    attempts integer not null default 0,
    next_attempt_at timestamptz not null default now(),
    sent_at timestamptz,
    last_error text,
    unique (kind, subject)
);
create index crm_outbox_due on crm_outbox (next_attempt_at) where sent_at is null;

create table crm_dead_letters (
    outbox_id bigint primary key references crm_outbox,
    reason text not null,
    died_at timestamptz not null default now()
);
