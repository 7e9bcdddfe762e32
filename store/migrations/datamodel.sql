CREATE FUNCTION doom_file() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO doomed_files (shelf, name, due_at) VALUES (TG_ARGV[0], OLD.name, 0);
    RETURN NULL;
END $$;
CREATE FUNCTION drop_push_token() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM push_tokens WHERE device_id = NEW.device_id;
    RETURN NULL;
END $$;
CREATE FUNCTION drop_room_file() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM room_files
    WHERE room_id = NEW.room_id AND alias = NEW.sender AND cid = NEW.cid;
    RETURN NULL;
END $$;
CREATE FUNCTION mark_group() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO groups_changed AS held (group_id) VALUES (NEW.group_id)
    ON CONFLICT (group_id) DO UPDATE SET marks = held.marks + 1;
    RETURN NULL;
END $$;
CREATE FUNCTION refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the log of operators is only added to';
END $$;
CREATE TABLE accounts (
    account_id text NOT NULL COLLATE pg_catalog."C",
    phone_digest bytea,
    phone_sealed bytea,
    nickname text NOT NULL,
    birth_year smallint NOT NULL,
    gender text NOT NULL,
    show_read_marks boolean DEFAULT true NOT NULL,
    premium_until bigint,
    credits integer DEFAULT 0 NOT NULL,
    state text DEFAULT 'active'::text NOT NULL,
    erases_at bigint,
    bot boolean DEFAULT false NOT NULL,
    created_at bigint NOT NULL,
    contact_sealed bytea,
    credits_held integer DEFAULT 0 NOT NULL,
    credits_spent integer DEFAULT 0 NOT NULL,
    credits_issued integer DEFAULT 0 NOT NULL,
    credits_owed integer DEFAULT 0 NOT NULL,
    clerk_digest bytea,
    CONSTRAINT accounts_check CHECK (((phone_digest IS NULL) = (phone_sealed IS NULL))),
    CONSTRAINT accounts_credits_balance CHECK ((((credits + credits_held) + credits_spent) = (credits_issued + credits_owed))),
    CONSTRAINT accounts_credits_check CHECK ((credits >= 0)),
    CONSTRAINT accounts_credits_held_check CHECK ((credits_held >= 0)),
    CONSTRAINT accounts_credits_issued_check CHECK ((credits_issued >= 0)),
    CONSTRAINT accounts_credits_owed_check CHECK ((credits_owed >= 0)),
    CONSTRAINT accounts_credits_spent_check CHECK ((credits_spent >= 0)),
    CONSTRAINT accounts_gender_check CHECK ((gender = ANY (ARRAY['female'::text, 'male'::text, 'other'::text]))),
    CONSTRAINT accounts_state_check CHECK ((state = ANY (ARRAY['active'::text, 'banned'::text, 'deleting'::text])))
);
CREATE TABLE answers (
    scope text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    request_digest bytea NOT NULL,
    reserved_at bigint NOT NULL,
    status integer,
    sealed bytea
);
CREATE TABLE blocks (
    blocker_id text NOT NULL COLLATE pg_catalog."C",
    blocked_id text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL,
    block_id text DEFAULT substr(replace((gen_random_uuid())::text, '-'::text, ''::text), 17, 16) NOT NULL COLLATE pg_catalog."C",
    nickname text DEFAULT ''::text NOT NULL,
    CONSTRAINT blocks_check CHECK ((blocker_id <> blocked_id))
);
CREATE TABLE clerk_ended (
    digest bytea NOT NULL,
    ended_at bigint NOT NULL
);
CREATE TABLE code_counts (
    name bytea NOT NULL,
    window_at bigint NOT NULL,
    count integer NOT NULL
);
CREATE TABLE codes (
    phone_digest bytea NOT NULL,
    code_digest bytea,
    expires_at bigint NOT NULL,
    tries integer NOT NULL,
    asked_at bigint[] NOT NULL,
    idle_at bigint NOT NULL
);
CREATE TABLE consents (
    account_id text NOT NULL COLLATE pg_catalog."C",
    number bigint NOT NULL,
    purpose text NOT NULL,
    version integer NOT NULL,
    granted boolean NOT NULL,
    channel text NOT NULL,
    said_at bigint NOT NULL,
    CONSTRAINT consents_channel_check CHECK ((channel = ANY (ARRAY['app'::text, 'operator'::text]))),
    CONSTRAINT consents_purpose_check CHECK ((purpose = ANY (ARRAY['terms'::text, 'privacy'::text, 'overseas'::text, 'location'::text, 'sensitive'::text, 'push'::text, 'marketing'::text]))),
    CONSTRAINT consents_version_check CHECK ((version > 0))
);
ALTER TABLE consents ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME consents_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE credit_moves (
    owner_id text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    number bigint NOT NULL,
    kind text NOT NULL,
    cause text NOT NULL,
    amount integer NOT NULL,
    about text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL,
    wallet integer NOT NULL,
    held integer NOT NULL,
    spent integer NOT NULL,
    issued integer NOT NULL,
    owed integer NOT NULL,
    CONSTRAINT credit_moves_amount_check CHECK ((amount > 0)),
    CONSTRAINT credit_moves_check CHECK ((((((wallet + held) + spent) + issued) + owed) = 0))
);
ALTER TABLE credit_moves ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME credit_moves_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE devices (
    device_id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    refresh_digest bytea NOT NULL,
    refresh_expires_at bigint NOT NULL,
    created_at bigint NOT NULL,
    used_at bigint NOT NULL,
    revoked_at bigint,
    platform text DEFAULT 'other'::text NOT NULL,
    clerk_session bytea,
    CONSTRAINT devices_platform_check CHECK ((platform = ANY (ARRAY['android'::text, 'ios'::text, 'windows'::text, 'mac'::text, 'linux'::text, 'other'::text])))
);
CREATE TABLE doomed_files (
    shelf text NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    due_at bigint NOT NULL
);
CREATE TABLE group_bans (
    group_id text NOT NULL COLLATE pg_catalog."C",
    identity bytea NOT NULL,
    by_operator boolean DEFAULT false NOT NULL
);
CREATE TABLE group_domains (
    group_id text NOT NULL COLLATE pg_catalog."C",
    domain text NOT NULL
);
CREATE TABLE group_invites (
    code_digest bytea NOT NULL,
    group_id text NOT NULL COLLATE pg_catalog."C",
    inviter_id text NOT NULL COLLATE pg_catalog."C",
    uses_left integer NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT group_invites_uses_left_check CHECK ((uses_left >= 0))
);
CREATE TABLE group_mails (
    group_id text NOT NULL COLLATE pg_catalog."C",
    mail_digest bytea NOT NULL,
    account_id text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE group_places (
    group_id text NOT NULL COLLATE pg_catalog."C",
    latitude double precision NOT NULL,
    longitude double precision NOT NULL,
    radius_m integer NOT NULL,
    ends_at bigint NOT NULL,
    open boolean DEFAULT true NOT NULL,
    CONSTRAINT group_places_radius_m_check CHECK ((radius_m > 0))
);
CREATE TABLE group_reviews (
    review_id text NOT NULL COLLATE pg_catalog."C",
    group_id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL,
    reason text,
    at bigint NOT NULL,
    decided_at bigint,
    CONSTRAINT group_reviews_state_check CHECK ((state = ANY (ARRAY['open'::text, 'admitted'::text, 'refused'::text, 'expired'::text])))
);
CREATE TABLE groups (
    group_id text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    description text NOT NULL,
    category text NOT NULL,
    tags text[] NOT NULL,
    visibility text NOT NULL,
    rules text NOT NULL,
    creator_id text COLLATE pg_catalog."C",
    females integer DEFAULT 0 NOT NULL,
    males integer DEFAULT 0 NOT NULL,
    others integer DEFAULT 0 NOT NULL,
    created_at bigint NOT NULL,
    ended_at bigint,
    entry text DEFAULT 'open'::text NOT NULL,
    CONSTRAINT groups_entry_check CHECK ((entry = ANY (ARRAY['open'::text, 'approval'::text, 'invite'::text]))),
    CONSTRAINT groups_females_check CHECK ((females >= 0)),
    CONSTRAINT groups_males_check CHECK ((males >= 0)),
    CONSTRAINT groups_others_check CHECK ((others >= 0)),
    CONSTRAINT groups_type_check CHECK ((type = ANY (ARRAY['official'::text, 'created'::text, 'instance'::text, 'location'::text]))),
    CONSTRAINT groups_visibility_check CHECK ((visibility = ANY (ARRAY['public'::text, 'hidden'::text])))
)
WITH (fillfactor='80');
CREATE TABLE groups_changed (
    group_id text NOT NULL COLLATE pg_catalog."C",
    marks bigint DEFAULT 1 NOT NULL
);
CREATE VIEW hidden_people AS
 SELECT blocks.blocker_id AS viewer_id,
    blocks.blocked_id AS account_id
   FROM blocks
UNION
 SELECT blocks.blocked_id AS viewer_id,
    blocks.blocker_id AS account_id
   FROM blocks;
CREATE TABLE memberships (
    member_id text NOT NULL COLLATE pg_catalog."C",
    group_id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL,
    role text NOT NULL,
    nickname text NOT NULL,
    nickname_key text NOT NULL,
    bio text NOT NULL,
    interests text[] NOT NULL,
    joined_at bigint NOT NULL,
    renamed_at bigint,
    told_open smallint DEFAULT 0 NOT NULL,
    CONSTRAINT memberships_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'moderator'::text, 'member'::text]))),
    CONSTRAINT memberships_state_check CHECK ((state = ANY (ARRAY['active'::text, 'pending'::text, 'left'::text, 'banned'::text])))
);
CREATE VIEW hidden_sides AS
 SELECT h.viewer_id,
    m.group_id,
    count(*) FILTER (WHERE (a.gender = 'female'::text)) AS hidden_females,
    count(*) FILTER (WHERE (a.gender = 'male'::text)) AS hidden_males,
    count(*) FILTER (WHERE (a.gender = 'other'::text)) AS hidden_others
   FROM ((hidden_people h
     JOIN accounts a ON (((a.account_id = h.account_id) AND (a.state = 'active'::text))))
     JOIN memberships m ON (((m.account_id = h.account_id) AND (m.state = 'active'::text))))
  GROUP BY h.viewer_id, m.group_id;
CREATE TABLE like_counts (
    group_id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    band text NOT NULL
);
CREATE TABLE like_releases (
    one boolean DEFAULT true NOT NULL,
    released_at bigint NOT NULL,
    CONSTRAINT like_releases_one_check CHECK (one)
);
CREATE TABLE likes (
    like_id text NOT NULL COLLATE pg_catalog."C",
    group_id text NOT NULL COLLATE pg_catalog."C",
    sender_id text NOT NULL COLLATE pg_catalog."C",
    target_id text NOT NULL COLLATE pg_catalog."C",
    sender_member text NOT NULL COLLATE pg_catalog."C",
    target_member text NOT NULL COLLATE pg_catalog."C",
    intent text NOT NULL,
    super boolean NOT NULL,
    cid text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL,
    state text NOT NULL,
    left_today integer NOT NULL,
    credits integer NOT NULL,
    shown boolean DEFAULT false NOT NULL,
    line_sealed bytea,
    spent integer DEFAULT 0 NOT NULL,
    match_id text COLLATE pg_catalog."C",
    told_at bigint,
    CONSTRAINT likes_check CHECK ((sender_id <> target_id)),
    CONSTRAINT likes_intent_check CHECK ((intent = ANY (ARRAY['friend'::text, 'romantic'::text]))),
    CONSTRAINT likes_spent_check CHECK ((spent >= 0)),
    CONSTRAINT likes_state_check CHECK ((state = ANY (ARRAY['open'::text, 'matched'::text, 'ended'::text, 'undone'::text, 'cancelled'::text])))
);
CREATE TABLE location_acts (
    act_id bigint NOT NULL,
    account_id text COLLATE pg_catalog."C",
    source text NOT NULL,
    service text NOT NULL,
    recipient text NOT NULL,
    at bigint NOT NULL,
    CONSTRAINT location_acts_source_check CHECK ((source = ANY (ARRAY['gps'::text, 'qr'::text])))
);
ALTER TABLE location_acts ALTER COLUMN act_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME location_acts_act_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE mail_codes (
    account_id text NOT NULL COLLATE pg_catalog."C",
    group_id text NOT NULL COLLATE pg_catalog."C",
    mail_digest bytea NOT NULL,
    code_digest bytea NOT NULL,
    tries integer NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE matches (
    match_id text NOT NULL COLLATE pg_catalog."C",
    group_id text NOT NULL COLLATE pg_catalog."C",
    room_id text NOT NULL COLLATE pg_catalog."C",
    low_id text NOT NULL COLLATE pg_catalog."C",
    high_id text NOT NULL COLLATE pg_catalog."C",
    visible_at bigint NOT NULL,
    ended_at bigint,
    spoken boolean DEFAULT false NOT NULL,
    put_off_ms bigint DEFAULT 0 NOT NULL,
    CONSTRAINT matches_check CHECK ((low_id < high_id)),
    CONSTRAINT matches_put_off_ms_check CHECK ((put_off_ms >= 0))
);
CREATE TABLE meeting_descriptions (
    description_id text NOT NULL COLLATE pg_catalog."C",
    group_id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    cid text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL,
    open boolean NOT NULL,
    sealed bytea NOT NULL
);
CREATE TABLE meeting_people (
    group_id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    seat integer NOT NULL,
    came_at bigint NOT NULL,
    looks_sealed bytea
);
CREATE TABLE meeting_tries (
    account_id text NOT NULL COLLATE pg_catalog."C",
    tried_at bigint[] NOT NULL
);
CREATE TABLE meetings (
    group_id text NOT NULL COLLATE pg_catalog."C",
    mode text NOT NULL,
    ends_at bigint NOT NULL,
    erases_at bigint NOT NULL,
    erased_at bigint,
    round_at bigint NOT NULL,
    code_digest bytea,
    code_sealed bytea,
    key_wrapped bytea NOT NULL,
    answered_sealed bytea,
    seats integer DEFAULT 0 NOT NULL,
    CONSTRAINT meetings_mode_check CHECK ((mode = ANY (ARRAY['interest'::text, 'auto'::text])))
);
CREATE TABLE member_photos (
    group_id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    key_wrapped bytea NOT NULL
);
CREATE TABLE operator_log (
    number bigint NOT NULL,
    at bigint NOT NULL,
    operator text NOT NULL,
    place text NOT NULL,
    subject text NOT NULL COLLATE pg_catalog."C",
    deed text NOT NULL,
    reason text NOT NULL,
    digest bytea NOT NULL
);
CREATE TABLE order_events (
    provider text NOT NULL,
    event text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL
);
CREATE TABLE orders (
    order_id text NOT NULL COLLATE pg_catalog."C",
    owner_id text COLLATE pg_catalog."C",
    product text NOT NULL,
    version integer NOT NULL,
    provider text NOT NULL,
    language text NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    sent boolean DEFAULT false NOT NULL,
    charged bigint DEFAULT 0 NOT NULL,
    refunded bigint DEFAULT 0 NOT NULL,
    dispute smallint DEFAULT 0 NOT NULL,
    ending smallint DEFAULT 0 NOT NULL,
    back bigint DEFAULT 0 NOT NULL,
    given integer DEFAULT 0 NOT NULL,
    steps integer DEFAULT 0 NOT NULL,
    reference text DEFAULT ''::text NOT NULL,
    receipt text DEFAULT ''::text NOT NULL,
    created_at bigint NOT NULL,
    ask_at bigint,
    asked integer DEFAULT 0 NOT NULL,
    renews boolean DEFAULT false NOT NULL,
    trial boolean DEFAULT false NOT NULL,
    mandate text DEFAULT ''::text NOT NULL,
    CONSTRAINT orders_amount_check CHECK ((amount > 0)),
    CONSTRAINT orders_check CHECK (((refunded >= 0) AND (refunded <= charged))),
    CONSTRAINT orders_check1 CHECK (((back >= 0) AND (back <= amount))),
    CONSTRAINT orders_given_check CHECK ((given >= 0))
);
CREATE TABLE outbox (
    number bigint NOT NULL,
    due_at bigint NOT NULL,
    kind text NOT NULL,
    account_id text COLLATE pg_catalog."C",
    room_id text COLLATE pg_catalog."C",
    content jsonb NOT NULL
);
ALTER TABLE outbox ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME outbox_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE place_codes_used (
    group_id text NOT NULL COLLATE pg_catalog."C",
    nonce bytea NOT NULL,
    account_id text NOT NULL COLLATE pg_catalog."C",
    used_at bigint NOT NULL
);
CREATE TABLE plan_terms (
    owner_id text NOT NULL COLLATE pg_catalog."C",
    command text NOT NULL COLLATE pg_catalog."C",
    plan text NOT NULL,
    starts_at bigint NOT NULL,
    ends_at bigint NOT NULL,
    granted_at bigint NOT NULL,
    CONSTRAINT plan_terms_check CHECK ((starts_at < ends_at))
);
CREATE TABLE push_looks (
    one boolean DEFAULT true NOT NULL,
    looked_at bigint NOT NULL,
    CONSTRAINT push_looks_one_check CHECK (one)
);
CREATE TABLE push_settings (
    account_id text NOT NULL COLLATE pg_catalog."C",
    muted text[] NOT NULL,
    quiet_from smallint,
    quiet_to smallint,
    offset_minutes smallint NOT NULL,
    language text NOT NULL,
    CONSTRAINT push_settings_check CHECK (((quiet_from IS NULL) = (quiet_to IS NULL))),
    CONSTRAINT push_settings_language_check CHECK ((language = ANY (ARRAY['ko'::text, 'en'::text]))),
    CONSTRAINT push_settings_offset_minutes_check CHECK (((offset_minutes >= '-720'::integer) AND (offset_minutes <= 840))),
    CONSTRAINT push_settings_quiet_from_check CHECK (((quiet_from >= 0) AND (quiet_from <= 1439))),
    CONSTRAINT push_settings_quiet_to_check CHECK (((quiet_to >= 0) AND (quiet_to <= 1439)))
);
CREATE TABLE push_tokens (
    device_id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    digest bytea NOT NULL,
    sealed bytea NOT NULL,
    registered_at bigint NOT NULL,
    sent_at bigint,
    told_until bigint
);
CREATE TABLE push_waves (
    device_id text NOT NULL COLLATE pg_catalog."C",
    room_id text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE pushes (
    device_id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    due_at bigint NOT NULL,
    since_at bigint NOT NULL,
    causes integer DEFAULT 1 NOT NULL,
    tries integer DEFAULT 0 NOT NULL
);
CREATE TABLE reports (
    report_id text NOT NULL COLLATE pg_catalog."C",
    reporter_id text COLLATE pg_catalog."C",
    reported_id text COLLATE pg_catalog."C",
    room_id text NOT NULL COLLATE pg_catalog."C",
    alias text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    category text NOT NULL,
    at bigint NOT NULL,
    sealed bytea NOT NULL,
    closed_at bigint,
    outcome text,
    CONSTRAINT reports_check CHECK (((closed_at IS NULL) = (outcome IS NULL))),
    CONSTRAINT reports_seq_check CHECK ((seq >= 0))
);
CREATE TABLE review_papers (
    review_id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    key_wrapped bytea NOT NULL
);
CREATE TABLE room_events (
    room_id text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    at bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    sender text COLLATE pg_catalog."C",
    cid text COLLATE pg_catalog."C",
    sealed bytea NOT NULL,
    deleted boolean DEFAULT false NOT NULL,
    grams bytea DEFAULT '\x'::bytea,
    CONSTRAINT room_events_seq_check CHECK ((seq > 0))
)
PARTITION BY HASH (room_id);
CREATE TABLE room_events_00 (
    room_id text CONSTRAINT room_events_room_id_not_null NOT NULL COLLATE pg_catalog."C",
    seq bigint CONSTRAINT room_events_seq_not_null NOT NULL,
    at bigint CONSTRAINT room_events_at_not_null NOT NULL,
    name text CONSTRAINT room_events_name_not_null NOT NULL COLLATE pg_catalog."C",
    sender text COLLATE pg_catalog."C",
    cid text COLLATE pg_catalog."C",
    sealed bytea CONSTRAINT room_events_sealed_not_null NOT NULL,
    deleted boolean DEFAULT false CONSTRAINT room_events_deleted_not_null NOT NULL,
    grams bytea DEFAULT '\x'::bytea,
    CONSTRAINT room_events_seq_check CHECK ((seq > 0))
);
CREATE TABLE room_events_01 (
    room_id text CONSTRAINT room_events_room_id_not_null NOT NULL COLLATE pg_catalog."C",
    seq bigint CONSTRAINT room_events_seq_not_null NOT NULL,
    at bigint CONSTRAINT room_events_at_not_null NOT NULL,
    name text CONSTRAINT room_events_name_not_null NOT NULL COLLATE pg_catalog."C",
    sender text COLLATE pg_catalog."C",
    cid text COLLATE pg_catalog."C",
    sealed bytea CONSTRAINT room_events_sealed_not_null NOT NULL,
    deleted boolean DEFAULT false CONSTRAINT room_events_deleted_not_null NOT NULL,
    grams bytea DEFAULT '\x'::bytea,
    CONSTRAINT room_events_seq_check CHECK ((seq > 0))
);
CREATE TABLE room_events_02 (
    room_id text CONSTRAINT room_events_room_id_not_null NOT NULL COLLATE pg_catalog."C",
    seq bigint CONSTRAINT room_events_seq_not_null NOT NULL,
    at bigint CONSTRAINT room_events_at_not_null NOT NULL,
    name text CONSTRAINT room_events_name_not_null NOT NULL COLLATE pg_catalog."C",
    sender text COLLATE pg_catalog."C",
    cid text COLLATE pg_catalog."C",
    sealed bytea CONSTRAINT room_events_sealed_not_null NOT NULL,
    deleted boolean DEFAULT false CONSTRAINT room_events_deleted_not_null NOT NULL,
    grams bytea DEFAULT '\x'::bytea,
    CONSTRAINT room_events_seq_check CHECK ((seq > 0))
);
CREATE TABLE room_events_03 (
    room_id text CONSTRAINT room_events_room_id_not_null NOT NULL COLLATE pg_catalog."C",
    seq bigint CONSTRAINT room_events_seq_not_null NOT NULL,
    at bigint CONSTRAINT room_events_at_not_null NOT NULL,
    name text CONSTRAINT room_events_name_not_null NOT NULL COLLATE pg_catalog."C",
    sender text COLLATE pg_catalog."C",
    cid text COLLATE pg_catalog."C",
    sealed bytea CONSTRAINT room_events_sealed_not_null NOT NULL,
    deleted boolean DEFAULT false CONSTRAINT room_events_deleted_not_null NOT NULL,
    grams bytea DEFAULT '\x'::bytea,
    CONSTRAINT room_events_seq_check CHECK ((seq > 0))
);
CREATE TABLE room_events_04 (
    room_id text CONSTRAINT room_events_room_id_not_null NOT NULL COLLATE pg_catalog."C",
    seq bigint CONSTRAINT room_events_seq_not_null NOT NULL,
    at bigint CONSTRAINT room_events_at_not_null NOT NULL,
    name text CONSTRAINT room_events_name_not_null NOT NULL COLLATE pg_catalog."C",
    sender text COLLATE pg_catalog."C",
    cid text COLLATE pg_catalog."C",
    sealed bytea CONSTRAINT room_events_sealed_not_null NOT NULL,
    deleted boolean DEFAULT false CONSTRAINT room_events_deleted_not_null NOT NULL,
    grams bytea DEFAULT '\x'::bytea,
    CONSTRAINT room_events_seq_check CHECK ((seq > 0))
);
CREATE TABLE room_events_05 (
    room_id text CONSTRAINT room_events_room_id_not_null NOT NULL COLLATE pg_catalog."C",
    seq bigint CONSTRAINT room_events_seq_not_null NOT NULL,
    at bigint CONSTRAINT room_events_at_not_null NOT NULL,
    name text CONSTRAINT room_events_name_not_null NOT NULL COLLATE pg_catalog."C",
    sender text COLLATE pg_catalog."C",
    cid text COLLATE pg_catalog."C",
    sealed bytea CONSTRAINT room_events_sealed_not_null NOT NULL,
    deleted boolean DEFAULT false CONSTRAINT room_events_deleted_not_null NOT NULL,
    grams bytea DEFAULT '\x'::bytea,
    CONSTRAINT room_events_seq_check CHECK ((seq > 0))
);
CREATE TABLE room_events_06 (
    room_id text CONSTRAINT room_events_room_id_not_null NOT NULL COLLATE pg_catalog."C",
    seq bigint CONSTRAINT room_events_seq_not_null NOT NULL,
    at bigint CONSTRAINT room_events_at_not_null NOT NULL,
    name text CONSTRAINT room_events_name_not_null NOT NULL COLLATE pg_catalog."C",
    sender text COLLATE pg_catalog."C",
    cid text COLLATE pg_catalog."C",
    sealed bytea CONSTRAINT room_events_sealed_not_null NOT NULL,
    deleted boolean DEFAULT false CONSTRAINT room_events_deleted_not_null NOT NULL,
    grams bytea DEFAULT '\x'::bytea,
    CONSTRAINT room_events_seq_check CHECK ((seq > 0))
);
CREATE TABLE room_events_07 (
    room_id text CONSTRAINT room_events_room_id_not_null NOT NULL COLLATE pg_catalog."C",
    seq bigint CONSTRAINT room_events_seq_not_null NOT NULL,
    at bigint CONSTRAINT room_events_at_not_null NOT NULL,
    name text CONSTRAINT room_events_name_not_null NOT NULL COLLATE pg_catalog."C",
    sender text COLLATE pg_catalog."C",
    cid text COLLATE pg_catalog."C",
    sealed bytea CONSTRAINT room_events_sealed_not_null NOT NULL,
    deleted boolean DEFAULT false CONSTRAINT room_events_deleted_not_null NOT NULL,
    grams bytea DEFAULT '\x'::bytea,
    CONSTRAINT room_events_seq_check CHECK ((seq > 0))
);
CREATE TABLE room_events_08 (
    room_id text CONSTRAINT room_events_room_id_not_null NOT NULL COLLATE pg_catalog."C",
    seq bigint CONSTRAINT room_events_seq_not_null NOT NULL,
    at bigint CONSTRAINT room_events_at_not_null NOT NULL,
    name text CONSTRAINT room_events_name_not_null NOT NULL COLLATE pg_catalog."C",
    sender text COLLATE pg_catalog."C",
    cid text COLLATE pg_catalog."C",
    sealed bytea CONSTRAINT room_events_sealed_not_null NOT NULL,
    deleted boolean DEFAULT false CONSTRAINT room_events_deleted_not_null NOT NULL,
    grams bytea DEFAULT '\x'::bytea,
    CONSTRAINT room_events_seq_check CHECK ((seq > 0))
);
CREATE TABLE room_events_09 (
    room_id text CONSTRAINT room_events_room_id_not_null NOT NULL COLLATE pg_catalog."C",
    seq bigint CONSTRAINT room_events_seq_not_null NOT NULL,
    at bigint CONSTRAINT room_events_at_not_null NOT NULL,
    name text CONSTRAINT room_events_name_not_null NOT NULL COLLATE pg_catalog."C",
    sender text COLLATE pg_catalog."C",
    cid text COLLATE pg_catalog."C",
    sealed bytea CONSTRAINT room_events_sealed_not_null NOT NULL,
    deleted boolean DEFAULT false CONSTRAINT room_events_deleted_not_null NOT NULL,
    grams bytea DEFAULT '\x'::bytea,
    CONSTRAINT room_events_seq_check CHECK ((seq > 0))
);
CREATE TABLE room_events_10 (
    room_id text CONSTRAINT room_events_room_id_not_null NOT NULL COLLATE pg_catalog."C",
    seq bigint CONSTRAINT room_events_seq_not_null NOT NULL,
    at bigint CONSTRAINT room_events_at_not_null NOT NULL,
    name text CONSTRAINT room_events_name_not_null NOT NULL COLLATE pg_catalog."C",
    sender text COLLATE pg_catalog."C",
    cid text COLLATE pg_catalog."C",
    sealed bytea CONSTRAINT room_events_sealed_not_null NOT NULL,
    deleted boolean DEFAULT false CONSTRAINT room_events_deleted_not_null NOT NULL,
    grams bytea DEFAULT '\x'::bytea,
    CONSTRAINT room_events_seq_check CHECK ((seq > 0))
);
CREATE TABLE room_events_11 (
    room_id text CONSTRAINT room_events_room_id_not_null NOT NULL COLLATE pg_catalog."C",
    seq bigint CONSTRAINT room_events_seq_not_null NOT NULL,
    at bigint CONSTRAINT room_events_at_not_null NOT NULL,
    name text CONSTRAINT room_events_name_not_null NOT NULL COLLATE pg_catalog."C",
    sender text COLLATE pg_catalog."C",
    cid text COLLATE pg_catalog."C",
    sealed bytea CONSTRAINT room_events_sealed_not_null NOT NULL,
    deleted boolean DEFAULT false CONSTRAINT room_events_deleted_not_null NOT NULL,
    grams bytea DEFAULT '\x'::bytea,
    CONSTRAINT room_events_seq_check CHECK ((seq > 0))
);
CREATE TABLE room_events_12 (
    room_id text CONSTRAINT room_events_room_id_not_null NOT NULL COLLATE pg_catalog."C",
    seq bigint CONSTRAINT room_events_seq_not_null NOT NULL,
    at bigint CONSTRAINT room_events_at_not_null NOT NULL,
    name text CONSTRAINT room_events_name_not_null NOT NULL COLLATE pg_catalog."C",
    sender text COLLATE pg_catalog."C",
    cid text COLLATE pg_catalog."C",
    sealed bytea CONSTRAINT room_events_sealed_not_null NOT NULL,
    deleted boolean DEFAULT false CONSTRAINT room_events_deleted_not_null NOT NULL,
    grams bytea DEFAULT '\x'::bytea,
    CONSTRAINT room_events_seq_check CHECK ((seq > 0))
);
CREATE TABLE room_events_13 (
    room_id text CONSTRAINT room_events_room_id_not_null NOT NULL COLLATE pg_catalog."C",
    seq bigint CONSTRAINT room_events_seq_not_null NOT NULL,
    at bigint CONSTRAINT room_events_at_not_null NOT NULL,
    name text CONSTRAINT room_events_name_not_null NOT NULL COLLATE pg_catalog."C",
    sender text COLLATE pg_catalog."C",
    cid text COLLATE pg_catalog."C",
    sealed bytea CONSTRAINT room_events_sealed_not_null NOT NULL,
    deleted boolean DEFAULT false CONSTRAINT room_events_deleted_not_null NOT NULL,
    grams bytea DEFAULT '\x'::bytea,
    CONSTRAINT room_events_seq_check CHECK ((seq > 0))
);
CREATE TABLE room_events_14 (
    room_id text CONSTRAINT room_events_room_id_not_null NOT NULL COLLATE pg_catalog."C",
    seq bigint CONSTRAINT room_events_seq_not_null NOT NULL,
    at bigint CONSTRAINT room_events_at_not_null NOT NULL,
    name text CONSTRAINT room_events_name_not_null NOT NULL COLLATE pg_catalog."C",
    sender text COLLATE pg_catalog."C",
    cid text COLLATE pg_catalog."C",
    sealed bytea CONSTRAINT room_events_sealed_not_null NOT NULL,
    deleted boolean DEFAULT false CONSTRAINT room_events_deleted_not_null NOT NULL,
    grams bytea DEFAULT '\x'::bytea,
    CONSTRAINT room_events_seq_check CHECK ((seq > 0))
);
CREATE TABLE room_events_15 (
    room_id text CONSTRAINT room_events_room_id_not_null NOT NULL COLLATE pg_catalog."C",
    seq bigint CONSTRAINT room_events_seq_not_null NOT NULL,
    at bigint CONSTRAINT room_events_at_not_null NOT NULL,
    name text CONSTRAINT room_events_name_not_null NOT NULL COLLATE pg_catalog."C",
    sender text COLLATE pg_catalog."C",
    cid text COLLATE pg_catalog."C",
    sealed bytea CONSTRAINT room_events_sealed_not_null NOT NULL,
    deleted boolean DEFAULT false CONSTRAINT room_events_deleted_not_null NOT NULL,
    grams bytea DEFAULT '\x'::bytea,
    CONSTRAINT room_events_seq_check CHECK ((seq > 0))
);
CREATE TABLE room_files (
    name text NOT NULL COLLATE pg_catalog."C",
    room_id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    alias text NOT NULL COLLATE pg_catalog."C",
    cid text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    key_wrapped bytea NOT NULL,
    unsent_at bigint
);
CREATE TABLE room_members (
    room_id text NOT NULL COLLATE pg_catalog."C",
    alias text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    nickname text NOT NULL,
    read_seq bigint DEFAULT 0 NOT NULL,
    joined_at bigint NOT NULL,
    left_at bigint,
    since_seq bigint DEFAULT 0 NOT NULL,
    past_aliases text[] DEFAULT '{}'::text[] NOT NULL COLLATE pg_catalog."C"
)
WITH (fillfactor='70');
CREATE TABLE room_reactions (
    room_id text NOT NULL COLLATE pg_catalog."C",
    target bigint NOT NULL,
    alias text NOT NULL COLLATE pg_catalog."C",
    sealed bytea NOT NULL
);
CREATE TABLE room_veils (
    room_id text NOT NULL COLLATE pg_catalog."C",
    low_id text NOT NULL COLLATE pg_catalog."C",
    high_id text NOT NULL COLLATE pg_catalog."C",
    after_seq bigint NOT NULL,
    until_seq bigint,
    CONSTRAINT room_veils_check CHECK ((low_id < high_id))
);
CREATE TABLE rooms (
    room_id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    group_id text COLLATE pg_catalog."C",
    owner text COLLATE pg_catalog."C",
    fence bigint DEFAULT 0 NOT NULL,
    epoch bigint DEFAULT 1 NOT NULL,
    last_seq bigint DEFAULT 0 NOT NULL,
    closing boolean DEFAULT false NOT NULL,
    closed_at bigint,
    visible_at bigint NOT NULL,
    last_at bigint NOT NULL,
    key_wrapped bytea NOT NULL,
    CONSTRAINT rooms_kind_check CHECK ((kind = ANY (ARRAY['match'::text, 'group'::text])))
)
WITH (fillfactor='70');
CREATE TABLE schema_migrations (
    number integer NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    compat integer NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE subscriptions (
    subscription_id text NOT NULL COLLATE pg_catalog."C",
    owner_id text COLLATE pg_catalog."C",
    began_by text NOT NULL COLLATE pg_catalog."C",
    product text NOT NULL,
    version integer NOT NULL,
    provider text NOT NULL,
    language text NOT NULL,
    mandate text NOT NULL,
    paid_until bigint NOT NULL,
    cancelled boolean DEFAULT false NOT NULL,
    paused boolean DEFAULT false NOT NULL,
    ended boolean DEFAULT false NOT NULL,
    renewal text COLLATE pg_catalog."C",
    look_at bigint,
    trial boolean DEFAULT false NOT NULL,
    turn integer DEFAULT 0 NOT NULL
);
CREATE TABLE tickets (
    ticket_id text NOT NULL COLLATE pg_catalog."C",
    group_id text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    cid text NOT NULL COLLATE pg_catalog."C",
    me jsonb NOT NULL,
    want jsonb NOT NULL,
    joined_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    CONSTRAINT tickets_check CHECK ((expires_at > joined_at)),
    CONSTRAINT tickets_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'left'::text, 'matched'::text])))
);
CREATE TABLE trials (
    way_in bytea NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE used_refresh (
    refresh_digest bytea NOT NULL,
    device_id text NOT NULL COLLATE pg_catalog."C",
    expires_at bigint NOT NULL
);
CREATE TABLE vault (
    one boolean DEFAULT true NOT NULL,
    canary bytea NOT NULL,
    CONSTRAINT vault_one_check CHECK (one)
);
CREATE TABLE webhook_inbox (
    source text NOT NULL COLLATE pg_catalog."C",
    event_id text NOT NULL COLLATE pg_catalog."C",
    received_at bigint NOT NULL
);
ALTER TABLE ONLY room_events ATTACH PARTITION room_events_00 FOR VALUES WITH (modulus 16, remainder 0);
ALTER TABLE ONLY room_events ATTACH PARTITION room_events_01 FOR VALUES WITH (modulus 16, remainder 1);
ALTER TABLE ONLY room_events ATTACH PARTITION room_events_02 FOR VALUES WITH (modulus 16, remainder 2);
ALTER TABLE ONLY room_events ATTACH PARTITION room_events_03 FOR VALUES WITH (modulus 16, remainder 3);
ALTER TABLE ONLY room_events ATTACH PARTITION room_events_04 FOR VALUES WITH (modulus 16, remainder 4);
ALTER TABLE ONLY room_events ATTACH PARTITION room_events_05 FOR VALUES WITH (modulus 16, remainder 5);
ALTER TABLE ONLY room_events ATTACH PARTITION room_events_06 FOR VALUES WITH (modulus 16, remainder 6);
ALTER TABLE ONLY room_events ATTACH PARTITION room_events_07 FOR VALUES WITH (modulus 16, remainder 7);
ALTER TABLE ONLY room_events ATTACH PARTITION room_events_08 FOR VALUES WITH (modulus 16, remainder 8);
ALTER TABLE ONLY room_events ATTACH PARTITION room_events_09 FOR VALUES WITH (modulus 16, remainder 9);
ALTER TABLE ONLY room_events ATTACH PARTITION room_events_10 FOR VALUES WITH (modulus 16, remainder 10);
ALTER TABLE ONLY room_events ATTACH PARTITION room_events_11 FOR VALUES WITH (modulus 16, remainder 11);
ALTER TABLE ONLY room_events ATTACH PARTITION room_events_12 FOR VALUES WITH (modulus 16, remainder 12);
ALTER TABLE ONLY room_events ATTACH PARTITION room_events_13 FOR VALUES WITH (modulus 16, remainder 13);
ALTER TABLE ONLY room_events ATTACH PARTITION room_events_14 FOR VALUES WITH (modulus 16, remainder 14);
ALTER TABLE ONLY room_events ATTACH PARTITION room_events_15 FOR VALUES WITH (modulus 16, remainder 15);
ALTER TABLE ONLY accounts
    ADD CONSTRAINT accounts_clerk_digest_key UNIQUE (clerk_digest);
ALTER TABLE ONLY accounts
    ADD CONSTRAINT accounts_phone_digest_key UNIQUE (phone_digest);
ALTER TABLE ONLY accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY answers
    ADD CONSTRAINT answers_pkey PRIMARY KEY (scope, key);
ALTER TABLE ONLY blocks
    ADD CONSTRAINT blocks_pkey PRIMARY KEY (blocker_id, blocked_id);
ALTER TABLE ONLY clerk_ended
    ADD CONSTRAINT clerk_ended_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY code_counts
    ADD CONSTRAINT code_counts_pkey PRIMARY KEY (name, window_at);
ALTER TABLE ONLY codes
    ADD CONSTRAINT codes_pkey PRIMARY KEY (phone_digest);
ALTER TABLE ONLY consents
    ADD CONSTRAINT consents_pkey PRIMARY KEY (account_id, number);
ALTER TABLE ONLY credit_moves
    ADD CONSTRAINT credit_moves_pkey PRIMARY KEY (owner_id, key);
ALTER TABLE ONLY devices
    ADD CONSTRAINT devices_pkey PRIMARY KEY (device_id);
ALTER TABLE ONLY devices
    ADD CONSTRAINT devices_refresh_digest_key UNIQUE (refresh_digest);
ALTER TABLE ONLY doomed_files
    ADD CONSTRAINT doomed_files_pkey PRIMARY KEY (shelf, name);
ALTER TABLE ONLY group_bans
    ADD CONSTRAINT group_bans_pkey PRIMARY KEY (group_id, identity);
ALTER TABLE ONLY group_domains
    ADD CONSTRAINT group_domains_pkey PRIMARY KEY (group_id, domain);
ALTER TABLE ONLY group_invites
    ADD CONSTRAINT group_invites_pkey PRIMARY KEY (code_digest);
ALTER TABLE ONLY group_mails
    ADD CONSTRAINT group_mails_pkey PRIMARY KEY (group_id, mail_digest);
ALTER TABLE ONLY group_places
    ADD CONSTRAINT group_places_pkey PRIMARY KEY (group_id);
ALTER TABLE ONLY group_reviews
    ADD CONSTRAINT group_reviews_group_id_account_id_key UNIQUE (group_id, account_id);
ALTER TABLE ONLY group_reviews
    ADD CONSTRAINT group_reviews_pkey PRIMARY KEY (review_id);
ALTER TABLE ONLY groups_changed
    ADD CONSTRAINT groups_changed_pkey PRIMARY KEY (group_id);
ALTER TABLE ONLY groups
    ADD CONSTRAINT groups_pkey PRIMARY KEY (group_id);
ALTER TABLE ONLY like_counts
    ADD CONSTRAINT like_counts_pkey PRIMARY KEY (account_id, group_id);
ALTER TABLE ONLY like_releases
    ADD CONSTRAINT like_releases_pkey PRIMARY KEY (one);
ALTER TABLE ONLY likes
    ADD CONSTRAINT likes_pkey PRIMARY KEY (like_id);
ALTER TABLE ONLY likes
    ADD CONSTRAINT likes_sender_id_cid_key UNIQUE (sender_id, cid);
ALTER TABLE ONLY location_acts
    ADD CONSTRAINT location_acts_pkey PRIMARY KEY (act_id);
ALTER TABLE ONLY mail_codes
    ADD CONSTRAINT mail_codes_pkey PRIMARY KEY (account_id, group_id);
ALTER TABLE ONLY matches
    ADD CONSTRAINT matches_pkey PRIMARY KEY (match_id);
ALTER TABLE ONLY matches
    ADD CONSTRAINT matches_room_id_key UNIQUE (room_id);
ALTER TABLE ONLY meeting_descriptions
    ADD CONSTRAINT meeting_descriptions_account_id_cid_key UNIQUE (account_id, cid);
ALTER TABLE ONLY meeting_descriptions
    ADD CONSTRAINT meeting_descriptions_pkey PRIMARY KEY (description_id);
ALTER TABLE ONLY meeting_people
    ADD CONSTRAINT meeting_people_group_id_seat_key UNIQUE (group_id, seat);
ALTER TABLE ONLY meeting_people
    ADD CONSTRAINT meeting_people_pkey PRIMARY KEY (group_id, account_id);
ALTER TABLE ONLY meeting_tries
    ADD CONSTRAINT meeting_tries_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY meetings
    ADD CONSTRAINT meetings_code_digest_key UNIQUE (code_digest);
ALTER TABLE ONLY meetings
    ADD CONSTRAINT meetings_pkey PRIMARY KEY (group_id);
ALTER TABLE ONLY member_photos
    ADD CONSTRAINT member_photos_pkey PRIMARY KEY (group_id, account_id);
ALTER TABLE ONLY memberships
    ADD CONSTRAINT memberships_group_id_account_id_key UNIQUE (group_id, account_id);
ALTER TABLE ONLY memberships
    ADD CONSTRAINT memberships_pkey PRIMARY KEY (member_id);
ALTER TABLE ONLY operator_log
    ADD CONSTRAINT operator_log_pkey PRIMARY KEY (number);
ALTER TABLE ONLY order_events
    ADD CONSTRAINT order_events_pkey PRIMARY KEY (provider, event);
ALTER TABLE ONLY orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (order_id);
ALTER TABLE ONLY outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (number);
ALTER TABLE ONLY place_codes_used
    ADD CONSTRAINT place_codes_used_pkey PRIMARY KEY (group_id, nonce, account_id);
ALTER TABLE ONLY plan_terms
    ADD CONSTRAINT plan_terms_pkey PRIMARY KEY (owner_id, command);
ALTER TABLE ONLY push_looks
    ADD CONSTRAINT push_looks_pkey PRIMARY KEY (one);
ALTER TABLE ONLY push_settings
    ADD CONSTRAINT push_settings_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY push_tokens
    ADD CONSTRAINT push_tokens_digest_key UNIQUE (digest);
ALTER TABLE ONLY push_tokens
    ADD CONSTRAINT push_tokens_pkey PRIMARY KEY (device_id);
ALTER TABLE ONLY push_waves
    ADD CONSTRAINT push_waves_pkey PRIMARY KEY (device_id, room_id);
ALTER TABLE ONLY pushes
    ADD CONSTRAINT pushes_pkey PRIMARY KEY (device_id, kind);
ALTER TABLE ONLY reports
    ADD CONSTRAINT reports_pkey PRIMARY KEY (report_id);
ALTER TABLE ONLY review_papers
    ADD CONSTRAINT review_papers_pkey PRIMARY KEY (review_id);
ALTER TABLE ONLY room_events
    ADD CONSTRAINT room_events_pkey PRIMARY KEY (room_id, seq);
ALTER TABLE ONLY room_events_00
    ADD CONSTRAINT room_events_00_pkey PRIMARY KEY (room_id, seq);
ALTER TABLE ONLY room_events
    ADD CONSTRAINT room_events_room_id_sender_cid_key UNIQUE (room_id, sender, cid);
ALTER TABLE ONLY room_events_00
    ADD CONSTRAINT room_events_00_room_id_sender_cid_key UNIQUE (room_id, sender, cid);
ALTER TABLE ONLY room_events_01
    ADD CONSTRAINT room_events_01_pkey PRIMARY KEY (room_id, seq);
ALTER TABLE ONLY room_events_01
    ADD CONSTRAINT room_events_01_room_id_sender_cid_key UNIQUE (room_id, sender, cid);
ALTER TABLE ONLY room_events_02
    ADD CONSTRAINT room_events_02_pkey PRIMARY KEY (room_id, seq);
ALTER TABLE ONLY room_events_02
    ADD CONSTRAINT room_events_02_room_id_sender_cid_key UNIQUE (room_id, sender, cid);
ALTER TABLE ONLY room_events_03
    ADD CONSTRAINT room_events_03_pkey PRIMARY KEY (room_id, seq);
ALTER TABLE ONLY room_events_03
    ADD CONSTRAINT room_events_03_room_id_sender_cid_key UNIQUE (room_id, sender, cid);
ALTER TABLE ONLY room_events_04
    ADD CONSTRAINT room_events_04_pkey PRIMARY KEY (room_id, seq);
ALTER TABLE ONLY room_events_04
    ADD CONSTRAINT room_events_04_room_id_sender_cid_key UNIQUE (room_id, sender, cid);
ALTER TABLE ONLY room_events_05
    ADD CONSTRAINT room_events_05_pkey PRIMARY KEY (room_id, seq);
ALTER TABLE ONLY room_events_05
    ADD CONSTRAINT room_events_05_room_id_sender_cid_key UNIQUE (room_id, sender, cid);
ALTER TABLE ONLY room_events_06
    ADD CONSTRAINT room_events_06_pkey PRIMARY KEY (room_id, seq);
ALTER TABLE ONLY room_events_06
    ADD CONSTRAINT room_events_06_room_id_sender_cid_key UNIQUE (room_id, sender, cid);
ALTER TABLE ONLY room_events_07
    ADD CONSTRAINT room_events_07_pkey PRIMARY KEY (room_id, seq);
ALTER TABLE ONLY room_events_07
    ADD CONSTRAINT room_events_07_room_id_sender_cid_key UNIQUE (room_id, sender, cid);
ALTER TABLE ONLY room_events_08
    ADD CONSTRAINT room_events_08_pkey PRIMARY KEY (room_id, seq);
ALTER TABLE ONLY room_events_08
    ADD CONSTRAINT room_events_08_room_id_sender_cid_key UNIQUE (room_id, sender, cid);
ALTER TABLE ONLY room_events_09
    ADD CONSTRAINT room_events_09_pkey PRIMARY KEY (room_id, seq);
ALTER TABLE ONLY room_events_09
    ADD CONSTRAINT room_events_09_room_id_sender_cid_key UNIQUE (room_id, sender, cid);
ALTER TABLE ONLY room_events_10
    ADD CONSTRAINT room_events_10_pkey PRIMARY KEY (room_id, seq);
ALTER TABLE ONLY room_events_10
    ADD CONSTRAINT room_events_10_room_id_sender_cid_key UNIQUE (room_id, sender, cid);
ALTER TABLE ONLY room_events_11
    ADD CONSTRAINT room_events_11_pkey PRIMARY KEY (room_id, seq);
ALTER TABLE ONLY room_events_11
    ADD CONSTRAINT room_events_11_room_id_sender_cid_key UNIQUE (room_id, sender, cid);
ALTER TABLE ONLY room_events_12
    ADD CONSTRAINT room_events_12_pkey PRIMARY KEY (room_id, seq);
ALTER TABLE ONLY room_events_12
    ADD CONSTRAINT room_events_12_room_id_sender_cid_key UNIQUE (room_id, sender, cid);
ALTER TABLE ONLY room_events_13
    ADD CONSTRAINT room_events_13_pkey PRIMARY KEY (room_id, seq);
ALTER TABLE ONLY room_events_13
    ADD CONSTRAINT room_events_13_room_id_sender_cid_key UNIQUE (room_id, sender, cid);
ALTER TABLE ONLY room_events_14
    ADD CONSTRAINT room_events_14_pkey PRIMARY KEY (room_id, seq);
ALTER TABLE ONLY room_events_14
    ADD CONSTRAINT room_events_14_room_id_sender_cid_key UNIQUE (room_id, sender, cid);
ALTER TABLE ONLY room_events_15
    ADD CONSTRAINT room_events_15_pkey PRIMARY KEY (room_id, seq);
ALTER TABLE ONLY room_events_15
    ADD CONSTRAINT room_events_15_room_id_sender_cid_key UNIQUE (room_id, sender, cid);
ALTER TABLE ONLY room_files
    ADD CONSTRAINT room_files_pkey PRIMARY KEY (name);
ALTER TABLE ONLY room_files
    ADD CONSTRAINT room_files_room_id_alias_cid_key UNIQUE (room_id, alias, cid);
ALTER TABLE ONLY room_members
    ADD CONSTRAINT room_members_account_id_room_id_key UNIQUE (account_id, room_id);
ALTER TABLE ONLY room_members
    ADD CONSTRAINT room_members_pkey PRIMARY KEY (room_id, alias);
ALTER TABLE ONLY room_reactions
    ADD CONSTRAINT room_reactions_pkey PRIMARY KEY (room_id, target, alias);
ALTER TABLE ONLY room_veils
    ADD CONSTRAINT room_veils_pkey PRIMARY KEY (room_id, low_id, high_id, after_seq);
ALTER TABLE ONLY rooms
    ADD CONSTRAINT rooms_pkey PRIMARY KEY (room_id);
ALTER TABLE ONLY schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (number);
ALTER TABLE ONLY subscriptions
    ADD CONSTRAINT subscriptions_began_by_key UNIQUE (began_by);
ALTER TABLE ONLY subscriptions
    ADD CONSTRAINT subscriptions_pkey PRIMARY KEY (subscription_id);
ALTER TABLE ONLY tickets
    ADD CONSTRAINT tickets_account_id_cid_key UNIQUE (account_id, cid);
ALTER TABLE ONLY tickets
    ADD CONSTRAINT tickets_pkey PRIMARY KEY (ticket_id);
ALTER TABLE ONLY trials
    ADD CONSTRAINT trials_pkey PRIMARY KEY (way_in);
ALTER TABLE ONLY used_refresh
    ADD CONSTRAINT used_refresh_pkey PRIMARY KEY (refresh_digest);
ALTER TABLE ONLY vault
    ADD CONSTRAINT vault_pkey PRIMARY KEY (one);
ALTER TABLE ONLY webhook_inbox
    ADD CONSTRAINT webhook_inbox_pkey PRIMARY KEY (source, event_id);
CREATE INDEX accounts_bots ON accounts USING btree (account_id) WHERE bot;
CREATE INDEX accounts_by_erasure ON accounts USING btree (erases_at) WHERE (erases_at IS NOT NULL);
CREATE INDEX accounts_erasures ON accounts USING btree (erases_at) WHERE (erases_at IS NOT NULL);
CREATE INDEX answers_age ON answers USING btree (reserved_at);
CREATE UNIQUE INDEX blocks_by_id ON blocks USING btree (block_id);
CREATE INDEX blocks_listed ON blocks USING btree (blocker_id, at, block_id);
CREATE INDEX blocks_of_blocked ON blocks USING btree (blocked_id, blocker_id);
CREATE INDEX clerk_ended_by_time ON clerk_ended USING btree (ended_at);
CREATE INDEX code_counts_by_window ON code_counts USING btree (window_at);
CREATE INDEX codes_idle ON codes USING btree (idle_at);
CREATE INDEX consents_latest ON consents USING btree (account_id, purpose, number DESC);
CREATE INDEX credit_moves_of_owner ON credit_moves USING btree (owner_id, number);
CREATE INDEX devices_of_account ON devices USING btree (account_id, created_at);
CREATE INDEX devices_of_clerk_session ON devices USING btree (clerk_session) WHERE (clerk_session IS NOT NULL);
CREATE INDEX doomed_files_due ON doomed_files USING btree (due_at);
CREATE INDEX group_invites_of_group ON group_invites USING btree (group_id);
CREATE INDEX group_invites_of_inviter ON group_invites USING btree (inviter_id, group_id);
CREATE INDEX group_mails_of_account ON group_mails USING btree (account_id, group_id);
CREATE INDEX group_places_due ON group_places USING btree (ends_at) WHERE open;
CREATE INDEX group_reviews_of_account ON group_reviews USING btree (account_id);
CREATE INDEX group_reviews_open ON group_reviews USING btree (at, review_id) WHERE (state = 'open'::text);
CREATE INDEX groups_of_creator ON groups USING btree (creator_id, created_at);
CREATE INDEX like_counts_of_group ON like_counts USING btree (group_id);
CREATE INDEX likes_between ON likes USING btree (sender_id, target_id, at);
CREATE INDEX likes_by_time ON likes USING brin (at);
CREATE INDEX likes_of_day ON likes USING btree (sender_id, at);
CREATE UNIQUE INDEX likes_open ON likes USING btree (group_id, sender_id, target_id) WHERE (state = 'open'::text);
CREATE INDEX likes_open_received ON likes USING btree (target_id, group_id) WHERE (state = 'open'::text);
CREATE INDEX location_acts_at ON location_acts USING btree (at);
CREATE INDEX location_acts_of_account ON location_acts USING btree (account_id);
CREATE INDEX mail_codes_of_group ON mail_codes USING btree (group_id);
CREATE INDEX matches_of_high ON matches USING btree (high_id);
CREATE INDEX matches_of_low ON matches USING btree (low_id);
CREATE UNIQUE INDEX matches_open ON matches USING btree (group_id, low_id, high_id) WHERE (ended_at IS NULL);
CREATE INDEX matches_silent ON matches USING btree (((visible_at + put_off_ms))) WHERE ((ended_at IS NULL) AND (NOT spoken));
CREATE INDEX meeting_descriptions_of_account ON meeting_descriptions USING btree (account_id, at);
CREATE INDEX meeting_descriptions_of_group ON meeting_descriptions USING btree (group_id);
CREATE INDEX meeting_people_of_account ON meeting_people USING btree (account_id);
CREATE INDEX meetings_ending ON meetings USING btree (ends_at) WHERE (code_digest IS NOT NULL);
CREATE INDEX meetings_erasing ON meetings USING btree (erases_at) WHERE (erased_at IS NULL);
CREATE INDEX meetings_running ON meetings USING btree (round_at) WHERE (code_digest IS NOT NULL);
CREATE INDEX member_photos_of_account ON member_photos USING btree (account_id);
CREATE UNIQUE INDEX memberships_nicknames ON memberships USING btree (group_id, nickname_key) WHERE (state = 'active'::text);
CREATE INDEX memberships_of_account ON memberships USING btree (account_id);
CREATE INDEX order_events_by_age ON order_events USING btree (at);
CREATE INDEX orders_by_age ON orders USING btree (created_at);
CREATE INDEX orders_of_owner ON orders USING btree (owner_id, created_at DESC, order_id DESC);
CREATE INDEX orders_to_ask ON orders USING btree (ask_at) WHERE (ask_at IS NOT NULL);
CREATE INDEX outbox_due ON outbox USING btree (due_at, number);
CREATE INDEX outbox_of_account ON outbox USING btree (account_id);
CREATE INDEX outbox_of_room ON outbox USING btree (room_id);
CREATE INDEX place_codes_used_at ON place_codes_used USING btree (used_at);
CREATE INDEX place_codes_used_of_account ON place_codes_used USING btree (account_id);
CREATE INDEX push_tokens_of_account ON push_tokens USING btree (account_id);
CREATE INDEX push_waves_by_age ON push_waves USING btree (at);
CREATE INDEX pushes_due ON pushes USING btree (due_at);
CREATE INDEX reports_closed ON reports USING btree (closed_at) WHERE (closed_at IS NOT NULL);
CREATE INDEX reports_of_reported ON reports USING btree (reported_id);
CREATE INDEX reports_of_reporter ON reports USING btree (reporter_id, at);
CREATE UNIQUE INDEX reports_once ON reports USING btree (reporter_id, room_id, alias, seq) WHERE (closed_at IS NULL);
CREATE INDEX reports_open ON reports USING btree (at, report_id) WHERE (closed_at IS NULL);
CREATE INDEX room_events_reveals ON ONLY room_events USING btree (room_id, seq) WHERE (name = ANY (ARRAY['reveal.offered'::text, 'reveal.withdrawn'::text, 'reveal.done'::text]));
CREATE INDEX room_events_00_room_id_seq_idx ON room_events_00 USING btree (room_id, seq) WHERE (name = ANY (ARRAY['reveal.offered'::text, 'reveal.withdrawn'::text, 'reveal.done'::text]));
CREATE INDEX room_events_01_room_id_seq_idx ON room_events_01 USING btree (room_id, seq) WHERE (name = ANY (ARRAY['reveal.offered'::text, 'reveal.withdrawn'::text, 'reveal.done'::text]));
CREATE INDEX room_events_02_room_id_seq_idx ON room_events_02 USING btree (room_id, seq) WHERE (name = ANY (ARRAY['reveal.offered'::text, 'reveal.withdrawn'::text, 'reveal.done'::text]));
CREATE INDEX room_events_03_room_id_seq_idx ON room_events_03 USING btree (room_id, seq) WHERE (name = ANY (ARRAY['reveal.offered'::text, 'reveal.withdrawn'::text, 'reveal.done'::text]));
CREATE INDEX room_events_04_room_id_seq_idx ON room_events_04 USING btree (room_id, seq) WHERE (name = ANY (ARRAY['reveal.offered'::text, 'reveal.withdrawn'::text, 'reveal.done'::text]));
CREATE INDEX room_events_05_room_id_seq_idx ON room_events_05 USING btree (room_id, seq) WHERE (name = ANY (ARRAY['reveal.offered'::text, 'reveal.withdrawn'::text, 'reveal.done'::text]));
CREATE INDEX room_events_06_room_id_seq_idx ON room_events_06 USING btree (room_id, seq) WHERE (name = ANY (ARRAY['reveal.offered'::text, 'reveal.withdrawn'::text, 'reveal.done'::text]));
CREATE INDEX room_events_07_room_id_seq_idx ON room_events_07 USING btree (room_id, seq) WHERE (name = ANY (ARRAY['reveal.offered'::text, 'reveal.withdrawn'::text, 'reveal.done'::text]));
CREATE INDEX room_events_08_room_id_seq_idx ON room_events_08 USING btree (room_id, seq) WHERE (name = ANY (ARRAY['reveal.offered'::text, 'reveal.withdrawn'::text, 'reveal.done'::text]));
CREATE INDEX room_events_09_room_id_seq_idx ON room_events_09 USING btree (room_id, seq) WHERE (name = ANY (ARRAY['reveal.offered'::text, 'reveal.withdrawn'::text, 'reveal.done'::text]));
CREATE INDEX room_events_10_room_id_seq_idx ON room_events_10 USING btree (room_id, seq) WHERE (name = ANY (ARRAY['reveal.offered'::text, 'reveal.withdrawn'::text, 'reveal.done'::text]));
CREATE INDEX room_events_11_room_id_seq_idx ON room_events_11 USING btree (room_id, seq) WHERE (name = ANY (ARRAY['reveal.offered'::text, 'reveal.withdrawn'::text, 'reveal.done'::text]));
CREATE INDEX room_events_12_room_id_seq_idx ON room_events_12 USING btree (room_id, seq) WHERE (name = ANY (ARRAY['reveal.offered'::text, 'reveal.withdrawn'::text, 'reveal.done'::text]));
CREATE INDEX room_events_13_room_id_seq_idx ON room_events_13 USING btree (room_id, seq) WHERE (name = ANY (ARRAY['reveal.offered'::text, 'reveal.withdrawn'::text, 'reveal.done'::text]));
CREATE INDEX room_events_14_room_id_seq_idx ON room_events_14 USING btree (room_id, seq) WHERE (name = ANY (ARRAY['reveal.offered'::text, 'reveal.withdrawn'::text, 'reveal.done'::text]));
CREATE INDEX room_events_15_room_id_seq_idx ON room_events_15 USING btree (room_id, seq) WHERE (name = ANY (ARRAY['reveal.offered'::text, 'reveal.withdrawn'::text, 'reveal.done'::text]));
CREATE INDEX room_files_of_account ON room_files USING btree (account_id);
CREATE INDEX room_files_unsent ON room_files USING btree (unsent_at) WHERE (unsent_at IS NOT NULL);
CREATE INDEX room_veils_of_high ON room_veils USING btree (high_id);
CREATE INDEX room_veils_of_low ON room_veils USING btree (low_id);
CREATE UNIQUE INDEX room_veils_open ON room_veils USING btree (room_id, low_id, high_id) WHERE (until_seq IS NULL);
CREATE INDEX rooms_of_group ON rooms USING btree (group_id);
CREATE INDEX subscriptions_all_of_owner ON subscriptions USING btree (owner_id);
CREATE UNIQUE INDEX subscriptions_of_owner ON subscriptions USING btree (owner_id) WHERE (NOT ended);
CREATE INDEX subscriptions_to_look_at ON subscriptions USING btree (look_at) WHERE (look_at IS NOT NULL);
CREATE INDEX tickets_by_end ON tickets USING btree (expires_at);
CREATE UNIQUE INDEX tickets_waiting ON tickets USING btree (group_id, account_id) WHERE (state = 'waiting'::text);
CREATE INDEX trials_by_age ON trials USING btree (at);
CREATE INDEX used_refresh_of_device ON used_refresh USING btree (device_id, expires_at);
CREATE INDEX webhook_inbox_by_time ON webhook_inbox USING btree (received_at);
ALTER INDEX room_events_pkey ATTACH PARTITION room_events_00_pkey;
ALTER INDEX room_events_room_id_sender_cid_key ATTACH PARTITION room_events_00_room_id_sender_cid_key;
ALTER INDEX room_events_reveals ATTACH PARTITION room_events_00_room_id_seq_idx;
ALTER INDEX room_events_pkey ATTACH PARTITION room_events_01_pkey;
ALTER INDEX room_events_room_id_sender_cid_key ATTACH PARTITION room_events_01_room_id_sender_cid_key;
ALTER INDEX room_events_reveals ATTACH PARTITION room_events_01_room_id_seq_idx;
ALTER INDEX room_events_pkey ATTACH PARTITION room_events_02_pkey;
ALTER INDEX room_events_room_id_sender_cid_key ATTACH PARTITION room_events_02_room_id_sender_cid_key;
ALTER INDEX room_events_reveals ATTACH PARTITION room_events_02_room_id_seq_idx;
ALTER INDEX room_events_pkey ATTACH PARTITION room_events_03_pkey;
ALTER INDEX room_events_room_id_sender_cid_key ATTACH PARTITION room_events_03_room_id_sender_cid_key;
ALTER INDEX room_events_reveals ATTACH PARTITION room_events_03_room_id_seq_idx;
ALTER INDEX room_events_pkey ATTACH PARTITION room_events_04_pkey;
ALTER INDEX room_events_room_id_sender_cid_key ATTACH PARTITION room_events_04_room_id_sender_cid_key;
ALTER INDEX room_events_reveals ATTACH PARTITION room_events_04_room_id_seq_idx;
ALTER INDEX room_events_pkey ATTACH PARTITION room_events_05_pkey;
ALTER INDEX room_events_room_id_sender_cid_key ATTACH PARTITION room_events_05_room_id_sender_cid_key;
ALTER INDEX room_events_reveals ATTACH PARTITION room_events_05_room_id_seq_idx;
ALTER INDEX room_events_pkey ATTACH PARTITION room_events_06_pkey;
ALTER INDEX room_events_room_id_sender_cid_key ATTACH PARTITION room_events_06_room_id_sender_cid_key;
ALTER INDEX room_events_reveals ATTACH PARTITION room_events_06_room_id_seq_idx;
ALTER INDEX room_events_pkey ATTACH PARTITION room_events_07_pkey;
ALTER INDEX room_events_room_id_sender_cid_key ATTACH PARTITION room_events_07_room_id_sender_cid_key;
ALTER INDEX room_events_reveals ATTACH PARTITION room_events_07_room_id_seq_idx;
ALTER INDEX room_events_pkey ATTACH PARTITION room_events_08_pkey;
ALTER INDEX room_events_room_id_sender_cid_key ATTACH PARTITION room_events_08_room_id_sender_cid_key;
ALTER INDEX room_events_reveals ATTACH PARTITION room_events_08_room_id_seq_idx;
ALTER INDEX room_events_pkey ATTACH PARTITION room_events_09_pkey;
ALTER INDEX room_events_room_id_sender_cid_key ATTACH PARTITION room_events_09_room_id_sender_cid_key;
ALTER INDEX room_events_reveals ATTACH PARTITION room_events_09_room_id_seq_idx;
ALTER INDEX room_events_pkey ATTACH PARTITION room_events_10_pkey;
ALTER INDEX room_events_room_id_sender_cid_key ATTACH PARTITION room_events_10_room_id_sender_cid_key;
ALTER INDEX room_events_reveals ATTACH PARTITION room_events_10_room_id_seq_idx;
ALTER INDEX room_events_pkey ATTACH PARTITION room_events_11_pkey;
ALTER INDEX room_events_room_id_sender_cid_key ATTACH PARTITION room_events_11_room_id_sender_cid_key;
ALTER INDEX room_events_reveals ATTACH PARTITION room_events_11_room_id_seq_idx;
ALTER INDEX room_events_pkey ATTACH PARTITION room_events_12_pkey;
ALTER INDEX room_events_room_id_sender_cid_key ATTACH PARTITION room_events_12_room_id_sender_cid_key;
ALTER INDEX room_events_reveals ATTACH PARTITION room_events_12_room_id_seq_idx;
ALTER INDEX room_events_pkey ATTACH PARTITION room_events_13_pkey;
ALTER INDEX room_events_room_id_sender_cid_key ATTACH PARTITION room_events_13_room_id_sender_cid_key;
ALTER INDEX room_events_reveals ATTACH PARTITION room_events_13_room_id_seq_idx;
ALTER INDEX room_events_pkey ATTACH PARTITION room_events_14_pkey;
ALTER INDEX room_events_room_id_sender_cid_key ATTACH PARTITION room_events_14_room_id_sender_cid_key;
ALTER INDEX room_events_reveals ATTACH PARTITION room_events_14_room_id_seq_idx;
ALTER INDEX room_events_pkey ATTACH PARTITION room_events_15_pkey;
ALTER INDEX room_events_room_id_sender_cid_key ATTACH PARTITION room_events_15_room_id_sender_cid_key;
ALTER INDEX room_events_reveals ATTACH PARTITION room_events_15_room_id_seq_idx;
CREATE TRIGGER devices_signed_out AFTER UPDATE OF revoked_at ON devices FOR EACH ROW WHEN (((new.revoked_at IS NOT NULL) AND (old.revoked_at IS NULL))) EXECUTE FUNCTION drop_push_token();
CREATE TRIGGER groups_counted AFTER UPDATE OF females, males, others ON groups FOR EACH ROW EXECUTE FUNCTION mark_group();
CREATE TRIGGER member_photos_gone AFTER DELETE ON member_photos FOR EACH ROW EXECUTE FUNCTION doom_file('photos');
CREATE TRIGGER operator_log_only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON operator_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER review_papers_gone AFTER DELETE ON review_papers FOR EACH ROW EXECUTE FUNCTION doom_file('documents');
CREATE TRIGGER room_events_taken_back AFTER UPDATE OF deleted ON room_events FOR EACH ROW WHEN ((new.deleted AND (NOT old.deleted))) EXECUTE FUNCTION drop_room_file();
CREATE TRIGGER room_files_gone AFTER DELETE ON room_files FOR EACH ROW EXECUTE FUNCTION doom_file('chat');
ALTER TABLE ONLY blocks
    ADD CONSTRAINT blocks_blocked_id_fkey FOREIGN KEY (blocked_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY blocks
    ADD CONSTRAINT blocks_blocker_id_fkey FOREIGN KEY (blocker_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY consents
    ADD CONSTRAINT consents_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY credit_moves
    ADD CONSTRAINT credit_moves_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY devices
    ADD CONSTRAINT devices_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY group_bans
    ADD CONSTRAINT group_bans_group_id_fkey FOREIGN KEY (group_id) REFERENCES groups(group_id) ON DELETE CASCADE;
ALTER TABLE ONLY group_domains
    ADD CONSTRAINT group_domains_group_id_fkey FOREIGN KEY (group_id) REFERENCES groups(group_id) ON DELETE CASCADE;
ALTER TABLE ONLY group_invites
    ADD CONSTRAINT group_invites_group_id_fkey FOREIGN KEY (group_id) REFERENCES groups(group_id) ON DELETE CASCADE;
ALTER TABLE ONLY group_invites
    ADD CONSTRAINT group_invites_inviter_id_fkey FOREIGN KEY (inviter_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY group_mails
    ADD CONSTRAINT group_mails_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY group_mails
    ADD CONSTRAINT group_mails_group_id_fkey FOREIGN KEY (group_id) REFERENCES groups(group_id) ON DELETE CASCADE;
ALTER TABLE ONLY group_places
    ADD CONSTRAINT group_places_group_id_fkey FOREIGN KEY (group_id) REFERENCES groups(group_id) ON DELETE CASCADE;
ALTER TABLE ONLY group_reviews
    ADD CONSTRAINT group_reviews_group_id_account_id_fkey FOREIGN KEY (group_id, account_id) REFERENCES memberships(group_id, account_id) ON DELETE CASCADE;
ALTER TABLE ONLY groups_changed
    ADD CONSTRAINT groups_changed_group_id_fkey FOREIGN KEY (group_id) REFERENCES groups(group_id) ON DELETE CASCADE;
ALTER TABLE ONLY groups
    ADD CONSTRAINT groups_creator_id_fkey FOREIGN KEY (creator_id) REFERENCES accounts(account_id) ON DELETE SET NULL;
ALTER TABLE ONLY like_counts
    ADD CONSTRAINT like_counts_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY like_counts
    ADD CONSTRAINT like_counts_group_id_fkey FOREIGN KEY (group_id) REFERENCES groups(group_id) ON DELETE CASCADE;
ALTER TABLE ONLY likes
    ADD CONSTRAINT likes_group_id_fkey FOREIGN KEY (group_id) REFERENCES groups(group_id) ON DELETE CASCADE;
ALTER TABLE ONLY likes
    ADD CONSTRAINT likes_sender_id_fkey FOREIGN KEY (sender_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY likes
    ADD CONSTRAINT likes_target_id_fkey FOREIGN KEY (target_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY location_acts
    ADD CONSTRAINT location_acts_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id) ON DELETE SET NULL;
ALTER TABLE ONLY mail_codes
    ADD CONSTRAINT mail_codes_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY mail_codes
    ADD CONSTRAINT mail_codes_group_id_fkey FOREIGN KEY (group_id) REFERENCES groups(group_id) ON DELETE CASCADE;
ALTER TABLE ONLY matches
    ADD CONSTRAINT matches_group_id_fkey FOREIGN KEY (group_id) REFERENCES groups(group_id) ON DELETE CASCADE;
ALTER TABLE ONLY matches
    ADD CONSTRAINT matches_high_id_fkey FOREIGN KEY (high_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY matches
    ADD CONSTRAINT matches_low_id_fkey FOREIGN KEY (low_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY matches
    ADD CONSTRAINT matches_room_id_fkey FOREIGN KEY (room_id) REFERENCES rooms(room_id) ON DELETE CASCADE;
ALTER TABLE ONLY meeting_descriptions
    ADD CONSTRAINT meeting_descriptions_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY meeting_descriptions
    ADD CONSTRAINT meeting_descriptions_group_id_fkey FOREIGN KEY (group_id) REFERENCES meetings(group_id) ON DELETE CASCADE;
ALTER TABLE ONLY meeting_people
    ADD CONSTRAINT meeting_people_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY meeting_people
    ADD CONSTRAINT meeting_people_group_id_fkey FOREIGN KEY (group_id) REFERENCES meetings(group_id) ON DELETE CASCADE;
ALTER TABLE ONLY meeting_tries
    ADD CONSTRAINT meeting_tries_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY meetings
    ADD CONSTRAINT meetings_group_id_fkey FOREIGN KEY (group_id) REFERENCES groups(group_id) ON DELETE CASCADE;
ALTER TABLE ONLY member_photos
    ADD CONSTRAINT member_photos_group_id_account_id_fkey FOREIGN KEY (group_id, account_id) REFERENCES memberships(group_id, account_id) ON DELETE CASCADE;
ALTER TABLE ONLY memberships
    ADD CONSTRAINT memberships_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY memberships
    ADD CONSTRAINT memberships_group_id_fkey FOREIGN KEY (group_id) REFERENCES groups(group_id) ON DELETE CASCADE;
ALTER TABLE ONLY orders
    ADD CONSTRAINT orders_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES accounts(account_id) ON DELETE SET NULL;
ALTER TABLE ONLY outbox
    ADD CONSTRAINT outbox_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY outbox
    ADD CONSTRAINT outbox_room_id_fkey FOREIGN KEY (room_id) REFERENCES rooms(room_id) ON DELETE CASCADE;
ALTER TABLE ONLY place_codes_used
    ADD CONSTRAINT place_codes_used_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY place_codes_used
    ADD CONSTRAINT place_codes_used_group_id_fkey FOREIGN KEY (group_id) REFERENCES groups(group_id) ON DELETE CASCADE;
ALTER TABLE ONLY plan_terms
    ADD CONSTRAINT plan_terms_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY push_settings
    ADD CONSTRAINT push_settings_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY push_tokens
    ADD CONSTRAINT push_tokens_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY push_tokens
    ADD CONSTRAINT push_tokens_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(device_id) ON DELETE CASCADE;
ALTER TABLE ONLY push_waves
    ADD CONSTRAINT push_waves_device_id_fkey FOREIGN KEY (device_id) REFERENCES push_tokens(device_id) ON DELETE CASCADE;
ALTER TABLE ONLY pushes
    ADD CONSTRAINT pushes_device_id_fkey FOREIGN KEY (device_id) REFERENCES push_tokens(device_id) ON DELETE CASCADE;
ALTER TABLE ONLY reports
    ADD CONSTRAINT reports_reported_id_fkey FOREIGN KEY (reported_id) REFERENCES accounts(account_id) ON DELETE SET NULL;
ALTER TABLE ONLY reports
    ADD CONSTRAINT reports_reporter_id_fkey FOREIGN KEY (reporter_id) REFERENCES accounts(account_id) ON DELETE SET NULL;
ALTER TABLE ONLY review_papers
    ADD CONSTRAINT review_papers_review_id_fkey FOREIGN KEY (review_id) REFERENCES group_reviews(review_id) ON DELETE CASCADE;
ALTER TABLE ONLY room_files
    ADD CONSTRAINT room_files_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY room_files
    ADD CONSTRAINT room_files_room_id_fkey FOREIGN KEY (room_id) REFERENCES rooms(room_id) ON DELETE CASCADE;
ALTER TABLE ONLY room_members
    ADD CONSTRAINT room_members_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY room_members
    ADD CONSTRAINT room_members_room_id_fkey FOREIGN KEY (room_id) REFERENCES rooms(room_id) ON DELETE CASCADE;
ALTER TABLE ONLY room_reactions
    ADD CONSTRAINT room_reactions_room_id_fkey FOREIGN KEY (room_id) REFERENCES rooms(room_id) ON DELETE CASCADE;
ALTER TABLE ONLY room_veils
    ADD CONSTRAINT room_veils_high_id_fkey FOREIGN KEY (high_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY room_veils
    ADD CONSTRAINT room_veils_low_id_fkey FOREIGN KEY (low_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY room_veils
    ADD CONSTRAINT room_veils_room_id_fkey FOREIGN KEY (room_id) REFERENCES rooms(room_id) ON DELETE CASCADE;
ALTER TABLE ONLY rooms
    ADD CONSTRAINT rooms_group_id_fkey FOREIGN KEY (group_id) REFERENCES groups(group_id) ON DELETE CASCADE;
ALTER TABLE ONLY subscriptions
    ADD CONSTRAINT subscriptions_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES accounts(account_id) ON DELETE SET NULL;
ALTER TABLE ONLY tickets
    ADD CONSTRAINT tickets_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id) ON DELETE CASCADE;
ALTER TABLE ONLY tickets
    ADD CONSTRAINT tickets_group_id_fkey FOREIGN KEY (group_id) REFERENCES groups(group_id) ON DELETE CASCADE;
ALTER TABLE ONLY used_refresh
    ADD CONSTRAINT used_refresh_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(device_id) ON DELETE CASCADE;
