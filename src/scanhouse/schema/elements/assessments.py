"""Clinical scales and interviews of a subject."""

_SIDE_EFFECTS = (
    "motorTics", "buccal_lingualMovements", "picking_skin_fingers_nails_lip", "worried_anxious", "dull_tired_listless", "sedation",
    "stomachache", "nausea_vomiting", "crabby_irritable", "tearful_sad_depressed", "hallucinations", "troubleSleeping", "lossOfAppetite",
    "troubleConcentrating_distractible", "dizziness_lightheadedness", "headaches", "socialWithdrawal", "dryMouth", "palpitations",
)
_OBSESSIONS = (
    "timeOccupiedWithThoughts", "thoughtsInterfereFunctioning", "distressCaused", "effortToResistThoughts", "controlOverThoughts",
    "timePerforming", "behaviorsInterfereFunctioning", "feelingIfPrevented", "effortToResistBehaviors", "behaviorDriveStrength",
)
_TICS = ("number", "frequency", "intensity", "complexity", "interference")
_LIMBS = ("rue", "lue", "rle", "lle")

# Chapters of the interview; each entry is asked for the present (`current`), the past (`past`) or both.
_EPISODES = ("MajorDepressiveEpisode", "ManicEpisode", "HypomanicEpisode")
_AFTER_EPISODES = ("MoodDisorderDueToMedicalCondition", "SubstanceInducedMoodDisorder")
_SYMPTOMS = ("Delusions", "Hallucinations", "DisorganizedSpeechBehavior", "CatatonicBehavior", "NegativeSymptoms")
_PSYCHOTIC = (
    "Schizophrenia", "ParanoidType", "CatatonicType", "DisorganizedType", "UndifferentiatedType", "ResidualType",
    "SchizophreniformDisorder", "SchizoaffectiveDisorder", "DelusionalDisorder", "BriefPsychoticDisorder",
    "PsychoticDisorderDueToMedicalCondition", "SubstanceInducedPsychoticDisorder", "PsychoticDisorderNOS",
)
_MOOD = ("Bipolar1Disorder", "Bipolar2Disorder", "OtherBipolarDisorder", "MajorDepressiveDisorder", "DepressiveDisorderNOS")
_SUBSTANCES = ("Alcohol", "Amphetamine", "Cannabis", "Cocaine", "Hallucinogen", "Opioid", "Phencyclidine", "SedativeHypnoticAnxiolytic")
_PANIC = ("PanicWithAgoraphobia", "PanicWithoutAgoraphobia", "AgoraphobiaWithoutPanicHx", "SocialPhobia", "SpecificPhobia", "OCD", "PTSD")
_ANXIETY = ("AnxietyDueToMedicalCondition", "SubstanceInducedAnxietyDisorder", "AnxietyDisorderNOS")
_SOMATOFORM = (
    "somatizationDisorder", "undifferentiatedSomatformDisorder", "painDisorder", "hypochondriasis", "bodyDysmorphicDisorder",
)
_EATING = ("AnorexiaNervosa", "BulimiaNervosa", "BingeEatingDisorder")
_OPTIONAL = ("AcuteStressDisorder", "MinorDepressiveDisorder", "MixedAnxietyDepressiveDisorder")


def _scores(names: tuple[str, ...], bounds: str = "", *, under: str = "") -> str:
    return "\n".join(f"  {under}{name} integer {bounds}" for name in names)


def _both(chapter: str, names: tuple[str, ...]) -> str:
    return _scores(tuple(when + name for name in names for when in ("current", "past")), under=f"{chapter}/")


_SUBSTANCE_NAMES = (
    *(substance + use for substance in _SUBSTANCES for use in ("Dependence", "Abuse")),
    "PolysubstanceDependence", "OtherOrUnknownDependence", "OtherOrUnknownAbuse",
)

TABLE = f"""
xnat_a:sideEffectsPittsburghData < xnat:subjectAssessorData as SideEffectsPittsburgh "Pittsburgh Side Effects Scale"
{_scores(_SIDE_EFFECTS, "0..3")}

xnat_a:ybocsData < xnat:subjectAssessorData as YBOCS "Yale-Brown Obsessive-Compulsive Scale"
  currentOrWorstEver {{current|worst ever}}
{_scores(_OBSESSIONS, "0..4")}
  untilJustRight boolean
  untilJustRightAwareness
  untilJustRightPerceptions
  whenStartUntilJustRight
  frequencyUntilJustRight {{frequently|occasionally|hardly ever|never}}
  firstUntilJustRightAge float

xnat_a:ygtssData < xnat:subjectAssessorData as YGTSS "Yale Global Tic Severity Scale"
  filledOutBy
  period {{current|worst ever}}
  worstEverAge float
{_scores(_TICS, "0..5", under="motor/")}
  motor/inventory
{_scores(_TICS, "0..5", under="phonic/")}
  phonic/inventory
  impairment integer 0..50

xnat_a:updrs3Data < xnat:subjectAssessorData as UPDRS3 "Unified Parkinson's Disease Rating Scale"
  inScanner boolean
  clicker/right integer 0..
  clicker/left integer 0..
  clicker/interval! integer 0..
  tremorRest/face
{"".join(f"  tremorRest/{limb}" + chr(10) for limb in _LIMBS)}
  rigidity/neck
{"".join(f"  rigidity/{limb}" + chr(10) for limb in _LIMBS)}
{_scores(("right", "left"), under="handMovementsGrip/")}
{_scores(("facialExpression", "gait", "speech", "writing", "ariseFromChair"))}
{_scores(("right", "left"), under="actionPosturalTremor/")}
{_scores(("right", "left"), under="handsRAM/")}
{_scores(("right", "left"), under="fingerTaps/")}
{_scores(("posture", "posturalStability"))}
{_scores(("right", "left"), under="footTaps/")}
  bodyBradykinesiaHypokinesia integer
  problem boolean

xnat_a:scidResearchData < xnat:subjectAssessorData as SCID "Structured Clinical Interview for DSM"
  administrator
{_both("moodEpisodes", _EPISODES)}
  moodEpisodes/currentDysthmicEpisode integer
{_both("moodEpisodes", _AFTER_EPISODES)}
{_both("psychoticSymptoms", _SYMPTOMS)}
{_both("psychoticDisorders", _PSYCHOTIC)}
{_both("moodDisorders", _MOOD)}
{_both("substanceUseDisorders", _SUBSTANCE_NAMES)}
{_both("anxietyDisorders", _PANIC)}
  anxietyDisorders/currentGeneralizedAnxietyDisorder integer
{_both("anxietyDisorders", _ANXIETY)}
{_scores(_SOMATOFORM, under="somatoformDisorders/")}
{_both("eatingDisorders", _EATING)}
  adjustmentDisorder integer
{_both("optional", _OPTIONAL)}
  optional/pastSympomaticDetails
"""
