package keyhouse;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.annotation.RegisteredOAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.oidc.web.logout.OidcClientInitiatedLogoutSuccessHandler;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Spring Security's OAuth2 client, configured by the issuer alone, as a relying party. */
@SpringBootApplication
@RestController
public class Interop {
    public static void main(String[] arguments) {
        SpringApplication.run(Interop.class, arguments);
    }

    /** Everything needs a sign-in; signing out here signs out at the provider. The test has no page to post a form from. */
    @Bean
    SecurityFilterChain chain(HttpSecurity http, ClientRegistrationRepository clients) throws Exception {
        var signOut = new OidcClientInitiatedLogoutSuccessHandler(clients);
        signOut.setPostLogoutRedirectUri("{baseUrl}/signed-out");
        return http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                .oauth2Login(Customizer.withDefaults())
                .logout(logout -> logout.logoutSuccessHandler(signOut))
                .csrf(csrf -> csrf.disable())
                .build();
    }

    /** Who is signed in. An access token near its end is refreshed on the way here. */
    @GetMapping("/")
    Map<String, Object> home(@AuthenticationPrincipal OidcUser user, @RegisteredOAuth2AuthorizedClient("keyhouse") OAuth2AuthorizedClient client) {
        return Map.of(
                "sub", user.getSubject(),
                "name", user.getUserInfo().getFullName(),
                "accessToken", client.getAccessToken().getTokenValue());
    }
}
