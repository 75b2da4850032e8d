"""Every stored name there ever was, and its class. Reviewed, tested with one golden row each, never shortened.

Renaming a class changes nothing here; a name that history holds and this table forgot stops every reader.
"""

from hub.domain import (
    agency,
    alert,
    child,
    concern,
    consent,
    edition,
    enquiry,
    household,
    hub_key,
    ledger,
    person,
    sample,
    signal,
    source_record,
)
from hub.domain import staff as staff_
from hub.domain.fact import Fact

KNOWN: tuple[type[Fact], ...] = (
    concern.ConcernRecorded,
    concern.StrengthRecorded,
    concern.CorrectionRecorded,
    concern.WithdrawalRecorded,
    concern.InformationRecorded,
    concern.MessageTaken,
    concern.ConcernRuled,
    concern.RulingFaulted,
    concern.MessageQuarantined,
    concern.ReadmissionAsked,
    concern.MessageReadmitted,
    concern.SequenceGapNoticed,
    concern.SequenceNumberReused,
    source_record.SourceRecordOpened,
    source_record.SourceRecordDescribed,
    source_record.InvolvementChanged,
    source_record.LegalStatusChanged,
    person.PersonOpened,
    person.SourceRecordLinked,
    household.HouseholdObserved,
    consent.ConsentRecorded,
    child.SignalCounted,
    child.SignalDiscounted,
    signal.FactNotSent,
    alert.AlertRaised,
    alert.AlertStrengthened,
    alert.AlertWeakened,
    alert.AlertDecided,
    enquiry.EnquiryOpened,
    enquiry.EnquiryDecided,
    edition.EditionPublished,
    hub_key.HubKeyMade,
    agency.OrganisationRegistered,
    agency.KeyAdded,
    agency.KeyRevoked,
    agency.ClientAdded,
    agency.ClientRevoked,
    staff_.StaffRegistered,
    staff_.StaffRolesChanged,
    staff_.StaffLeft,
    sample.SampleListed,
    ledger.Asked,
    ledger.AskRendered,
    ledger.StandingAsk,
    ledger.StandingCounted,
)

FACTS: dict[str, type[Fact]] = {kind.NAME: kind for kind in KNOWN}
