SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.accounts (
    id character varying(36) NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    modified_at bigint NOT NULL,
    name character varying(100) NOT NULL COLLATE pg_catalog."C",
    country character varying(3) NOT NULL COLLATE pg_catalog."C",
    plan_id character varying(36) COLLATE pg_catalog."C",
    is_active boolean NOT NULL,
    is_verified boolean NOT NULL
);
CREATE TABLE public.gatehouse_migrations (
    id integer NOT NULL,
    "timestamp" bigint NOT NULL,
    name character varying NOT NULL
);
CREATE SEQUENCE public.gatehouse_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.gatehouse_migrations_id_seq OWNED BY public.gatehouse_migrations.id;
CREATE TABLE public.refresh_tokens (
    id character varying(36) NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    modified_at bigint NOT NULL,
    account_id character varying(36) NOT NULL COLLATE pg_catalog."C",
    user_id character varying(36) COLLATE pg_catalog."C",
    salt character varying(43) NOT NULL COLLATE pg_catalog."C",
    generation integer NOT NULL,
    scope character varying(1000) COLLATE pg_catalog."C",
    expires_at bigint NOT NULL,
    rotated_at bigint,
    revoked_at bigint,
    last_accessed_at bigint NOT NULL,
    ip_address character varying(45) NOT NULL COLLATE pg_catalog."C",
    user_agent character varying(255) COLLATE pg_catalog."C"
);
CREATE TABLE public.users (
    id character varying(36) NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    modified_at bigint NOT NULL,
    account_id character varying(36) NOT NULL COLLATE pg_catalog."C",
    email_address character varying(254) NOT NULL COLLATE pg_catalog."C",
    canonical_email character varying(254) NOT NULL COLLATE pg_catalog."C",
    first_name character varying(100) NOT NULL COLLATE pg_catalog."C",
    surname character varying(100) NOT NULL COLLATE pg_catalog."C",
    password_hash character varying(200) COLLATE pg_catalog."C",
    role character varying(100) NOT NULL COLLATE pg_catalog."C",
    is_active boolean NOT NULL,
    is_verified boolean NOT NULL,
    last_sign_in_at bigint
);
ALTER TABLE ONLY public.gatehouse_migrations ALTER COLUMN id SET DEFAULT nextval('public.gatehouse_migrations_id_seq'::regclass);
INSERT INTO public.accounts VALUES ('6679a91c-c180-437f-9f32-e9b0741747c3', 1795526314730, 1795526314730, 'First account', 'NLD', NULL, true, false);
INSERT INTO public.accounts VALUES ('63430540-8965-4bdc-a01c-72e7e3eabf5f', 1795526318760, 1795526318760, 'Lantern Works', 'GBR', NULL, true, false);
INSERT INTO public.gatehouse_migrations VALUES (1, 1764000000000, 'CreateAccountsUsersRefreshTokens1764000000000');
INSERT INTO public.refresh_tokens VALUES ('d3a7f6dd-c46e-4d59-b728-909a4c5f2872', 1795526318830, 1795526318843, '63430540-8965-4bdc-a01c-72e7e3eabf5f', '4e462d8b-9dfd-45a5-9dfa-9ba6c80b87a6', 'tojVA3YeNOydWPVhfy6-TaTgwA6Qy1GnVdaoQ-YjXc8', 1, NULL, 1798118318830, 1795526318843, NULL, 1795526318843, '127.0.0.1', 'node');
INSERT INTO public.users VALUES ('a1a71838-e1ac-4821-a64e-359b7d8c3371', 1795526314729, 1795526314729, '6679a91c-c180-437f-9f32-e9b0741747c3', 'owner@example.com', 'owner@example.com', 'First', 'Owner', '$bcrypt-hmac-sha384$73b7ef280f5bb2ea$2b$10$jVTBoeii9j9kaTMAlDVUseJLpPLBRlJ4iLmxpzh.j04G7ZRtGr5Ii', 'owner', true, false, NULL);
INSERT INTO public.users VALUES ('4e462d8b-9dfd-45a5-9dfa-9ba6c80b87a6', 1795526318760, 1795526318760, '63430540-8965-4bdc-a01c-72e7e3eabf5f', 'ada@example.com', 'ada@example.com', 'Ada', 'Lovelace', '$bcrypt-hmac-sha384$73b7ef280f5bb2ea$2b$10$8eIDkkmKJekpA13JpIpxwuBUubULAF9UAEE0Nmdch96aYC.Z6daZ.', 'owner', true, false, 1795526318830);
SELECT pg_catalog.setval('public.gatehouse_migrations_id_seq', 1, true);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT "PK_5a7a02c20412299d198e097a8fe" PRIMARY KEY (id);
ALTER TABLE ONLY public.gatehouse_migrations
    ADD CONSTRAINT "PK_76b14033afd774804016a48a3cb" PRIMARY KEY (id);
ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT "PK_7d8bee0204106019488c4c50ffa" PRIMARY KEY (id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT "PK_a3ffb1c0c8416b9fc6f907b7433" PRIMARY KEY (id);
CREATE INDEX refresh_tokens_account_id ON public.refresh_tokens USING btree (account_id);
CREATE INDEX refresh_tokens_user_id ON public.refresh_tokens USING btree (user_id, revoked_at);
CREATE INDEX users_account_id ON public.users USING btree (account_id);
CREATE UNIQUE INDEX users_canonical_email ON public.users USING btree (canonical_email);
ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_account_id_fk FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_user_id_fk FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_account_id_fk FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;
