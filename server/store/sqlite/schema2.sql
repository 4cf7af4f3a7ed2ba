-- Version 2: what names a call is found without reading all that names any.
CREATE INDEX aliases_into ON aliases (tenant, into_id);
