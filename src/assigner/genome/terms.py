"""The Sequence Ontology terms that are understood: those that Ensembl VEP, SnpEff and bcftools csq write.

Sources: "Calculated variant consequences", Ensembl (release 115, and names of earlier ones); "Effect prediction
details", SnpEff's manual; `csq`, bcftools' manual.
"""

from __future__ import annotations

TERMS = frozenset(
    {
        "transcript_ablation", "splice_acceptor_variant", "splice_donor_variant", "stop_gained", "frameshift_variant",
        "stop_lost", "start_lost", "transcript_amplification", "feature_elongation", "feature_truncation",
        "inframe_insertion", "inframe_deletion", "missense_variant", "protein_altering_variant",
        "splice_donor_5th_base_variant", "splice_region_variant", "splice_donor_region_variant",
        "splice_polypyrimidine_tract_variant", "incomplete_terminal_codon_variant", "start_retained_variant",
        "stop_retained_variant", "synonymous_variant", "mature_miRNA_variant",
        "5_prime_UTR_variant", "3_prime_UTR_variant", "non_coding_transcript_exon_variant", "intron_variant",
        "NMD_transcript_variant", "non_coding_transcript_variant",
        "upstream_gene_variant", "downstream_gene_variant", "TFBS_ablation", "TFBS_amplification",
        "TF_binding_site_variant", "regulatory_region_ablation", "regulatory_region_amplification",
        "regulatory_region_variant", "intergenic_variant", "initiator_codon_variant",
        "nc_transcript_variant", "non_coding_exon_variant", "chromosome_number_variation", "exon_loss_variant",
        "rare_amino_acid_variant", "disruptive_inframe_insertion", "conservative_inframe_insertion",
        "disruptive_inframe_deletion", "conservative_inframe_deletion", "5_prime_UTR_truncation",
        "3_prime_UTR_truncation", "splice_branch_variant", "non_canonical_start_codon",
        "5_prime_UTR_premature_start_codon_gain_variant", "miRNA", "sequence_feature",
        "conserved_intron_variant", "intragenic_variant", "conserved_intergenic_variant", "intergenic_region",
        "duplication", "inversion", "gene_fusion", "bidirectional_gene_fusion", "feature_fusion", "feature_ablation",
        "protein_protein_contact", "structural_interaction_variant", "rearranged_at_DNA_level",
    }
)  # fmt: skip
# Left out are those that say where a variant lies and not what it does there, as `coding_sequence_variant`,
# `coding_transcript_variant`, `exon_variant` and `sequence_variant`: so writes an annotator that could not tell.
