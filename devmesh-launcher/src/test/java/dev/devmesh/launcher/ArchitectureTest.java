package dev.devmesh.launcher;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** Who may know whom. The launcher's tests are the place that sees all modules. */
final class ArchitectureTest {

    private static final DescribedPredicate<JavaClass> CORE = resideInAPackage("dev.devmesh..")
            .and(DescribedPredicate.not(resideInAnyPackage(
                    "dev.devmesh.netty..", "dev.devmesh.postgres..", "dev.devmesh.redis..", "dev.devmesh.launcher..")))
            .as("core");

    private static final JavaClasses MODULES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("dev.devmesh");

    @Test
    void modulesDependOnCoreAndNeverOnTheirSiblings() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .withOptionalLayers(true)
                .layer("launcher")
                .definedBy("dev.devmesh.launcher..")
                .layer("transport-netty")
                .definedBy("dev.devmesh.netty..")
                .layer("store-postgres")
                .definedBy("dev.devmesh.postgres..")
                .layer("queue-redis")
                .definedBy("dev.devmesh.redis..")
                .layer("core")
                .definedBy(CORE)
                .whereLayer("launcher")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("transport-netty")
                .mayOnlyBeAccessedByLayers("launcher")
                .whereLayer("store-postgres")
                .mayOnlyBeAccessedByLayers("launcher")
                .whereLayer("queue-redis")
                .mayOnlyBeAccessedByLayers("launcher")
                .check(MODULES);
    }

    @Test
    void coreKnowsNoServerNoDatabaseAndNoCommandLine() {
        noClasses()
                .that(CORE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.netty..",
                        "java.sql..",
                        "javax.sql..",
                        "org.postgresql..",
                        "com.zaxxer..",
                        "redis.clients..",
                        "picocli..",
                        "ch.qos.logback..")
                .check(MODULES);
    }

    @Test
    void onlyTheBuilderKnowsTheInMemoryImplementations() {
        noClasses()
                .that(CORE)
                .and()
                .resideOutsideOfPackages("dev.devmesh", "dev.devmesh.inmemory..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.devmesh.inmemory..")
                .check(MODULES);
    }

    /** And transports, which carry its messages: the one of core needs no framework, so it need not be a module. */
    @Test
    void onlyTheMeshItselfAndTransportsKnowTheMcpEngine() {
        noClasses()
                .that(CORE)
                .and()
                .resideOutsideOfPackages("dev.devmesh", "dev.devmesh.mcp..", "dev.devmesh.stdio..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.devmesh.mcp..")
                .check(MODULES);
    }

    @Test
    void onlyTheMeshItselfKnowsTheRestApi() {
        noClasses()
                .that(CORE)
                .and()
                .resideOutsideOfPackages("dev.devmesh", "dev.devmesh.rest..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.devmesh.rest..")
                .check(MODULES);
    }

    @Test
    void nothingInCoreKnowsItsTransport() {
        noClasses()
                .that(CORE)
                .and()
                .resideOutsideOfPackage("dev.devmesh.stdio..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.devmesh.stdio..")
                .check(MODULES);
    }

    /** An optional dependency: one class knows it, so that all others load without it. */
    @Test
    void onlyTheWireOfTheOutboundClientKnowsApacheHttpClient() {
        noClasses()
                .that()
                .haveNameNotMatching("dev\\.devmesh\\.outbound\\.ApacheWire(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.hc..")
                .check(MODULES);
    }

    /** Addresses that users name go through the outbound client; the MCP client is for addresses of the program. */
    @Test
    void nothingButTheMcpClientUsesAnotherHttpClient() {
        noClasses()
                .that(CORE)
                .and()
                .resideOutsideOfPackage("dev.devmesh.client..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.net.http..")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.net.HttpURLConnection")
                .check(MODULES);
    }

    @Test
    void everyPackageSaysThatNullStaysOut() {
        classes()
                .that()
                .resideInAPackage("dev.devmesh..")
                .should(resideInANullMarkedPackage())
                .check(MODULES);
    }

    private static ArchCondition<JavaClass> resideInANullMarkedPackage() {
        return new ArchCondition<>("reside in a package with @NullMarked in its package-info.java") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean marked = type.getPackage().isAnnotatedWith(NullMarked.class);
                events.add(new SimpleConditionEvent(type, marked, type.getPackageName() + " of " + type.getName()));
            }
        };
    }
}
